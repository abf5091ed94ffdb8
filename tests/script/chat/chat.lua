#!/usr/bin/env sssrun
-- SPDX-License-Identifier: BSD-3-Clause
-- A chat server of several files, from which `sssrun build` makes one: chat.lua [ADDRESS [STATUS]].

local sss = require "sss"
local room = require "chat.room"
local member = require("chat.member")

local server = sss.serve(arg[1] or "127.0.0.1:0", function(client)
    member.talk(client, room)
end)
print("listening on " .. tostring(server:address()))
io.stdout:flush()

sss.signal("TERM"):wait()
server:stop(0)
os.exit(tonumber(arg[2]) or 0, true)
