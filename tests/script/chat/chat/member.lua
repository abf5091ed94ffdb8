-- SPDX-License-Identifier: BSD-3-Clause
-- One connection.

local texts = require 'chat.texts'
local member = {}

function member.talk(client, room)
    client:send(texts.welcome())
    room.enter(client)
    for line in client:lines("l") do
        if line == "quit" then break end
        if line == "fail" then texts.fail() end
        room.say(line)
    end
    room.leave(client)
end

return member
