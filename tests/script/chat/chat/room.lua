-- SPDX-License-Identifier: BSD-3-Clause
-- Who is there.

local room = { members = {} }

function room.enter(client)
    room.members[client] = true
end

function room.leave(client)
    room.members[client] = nil
end

-- Everybody gets the line, also its author.
function room.say(line)
    for client in pairs(room.members) do client:send(line .. "\n") end
end

return room
