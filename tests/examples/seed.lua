-- The steps of the first README of SSS, with its names only: answers one line to one client.
local sss = assert(require "sss")
io.stdout:setvbuf("line")
local port = tonumber(arg[1] or 32000)

local sock = sss.socket(sss.AF.inet, sss.SOCK.stream)
sock:setsockopt(sss.SO.reuseaddr)
sock:bind{host = "*", port = port}
sock:listen()
print("listening on *:" .. port)

local client, address = sock:accept()
local peer = sss.toladdress(address)
client:settimeout(5)
local line = client:receive()
io.write("from ", peer.host, ": ", line)
client:send(line)
client:close()
sock:close()
