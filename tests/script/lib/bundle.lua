-- SPDX-License-Identifier: BSD-3-Clause
-- Programs made by `sssrun build`.

local sss = require "sss"
local t = require "harness"

local bundle = {}
local quote = t.child.quote
local program = quote(t.child.program)

-- The chat server of tests/script/chat.
bundle.chat = arg[0]:match("^(.*)/[^/]*$") or "."
bundle.chat = bundle.chat .. "/chat"

-- Runs shell commands with $SSSRUN and $CHAT set: output (both kinds), exit status.
function bundle.sh(commands, ...)
    local head = ("SSSRUN=%s CHAT=%s; unset LUA_PATH LUA_CPATH LUA_INIT; "):format(program,
        quote(bundle.chat))
    local child = t.child.command(head .. commands:format(...))
    return child:rest()
end

-- The same, which have to succeed: their output.
function bundle.must(commands, ...)
    local output, status = bundle.sh(commands, ...)
    if status ~= 0 then error(("exit status %d: %s"):format(status, output), 2) end
    return output
end

-- A folder with the chat server built in it, as FOLDER/chat.
function bundle.built(options)
    local folder = t.tempdir()
    bundle.must("cp -R $CHAT/. %s && cd %s && mv chat modules && mkdir src && mv modules src/chat && "
        .. "mv chat.lua src && LUA_PATH='src/?.lua' $SSSRUN build %s -o chat src/chat.lua data",
        folder, folder, options or "")
    return folder
end

-- Skips the running test unless FOLDER's disk has so many MB free.
function bundle.need_room(folder, megabytes)
    local room = tonumber(bundle.must("df -kP %s | awk 'END { print $4 }'", folder):match("%d+"))
    if room < megabytes * 1024 then t.skip(("the disk has no %d MB free"):format(megabytes)) end
end

-- Starts the server by COMMAND, which ends in its arguments' place: {child=, address=}.
function bundle.start(command, arguments)
    local child = t.child.command(("unset LUA_PATH; exec %s %s"):format(command,
        arguments or "127.0.0.1:0"))
    t.after(function()
        child:kill()
        pcall(child.rest, child)
    end)
    local line = child:line() or ""
    local address = line:match("^listening on (.*)$")
    if not address then error("it printed: " .. line .. child:rest(), 2) end
    return { child = child, address = address }
end

-- Ends the server: output, exit status.
function bundle.stop(server)
    server.child:kill("TERM")
    return server.child:rest()
end

-- Does the server chat?
function bundle.talks(server)
    local client = sss.connect(server.address, { timeout = t.patience })
    client:settimeout(t.patience)
    t.eq(client:receive("l"), "Welcome to the chat: say something, or quit.")
    client:send("a line\nand \0 another\n")
    t.eq(client:receive("l"), "a line")
    t.eq(client:receive("l"), "and \0 another")
    client:close()
end

-- Starts it, talks, ends it.
function bundle.works(command)
    local server = bundle.start(command)
    bundle.talks(server)
    local output, status = bundle.stop(server)
    t.eq(status, 0, output)
    return output
end

return bundle
