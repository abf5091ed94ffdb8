-- Sends every line back to the one who sent it, and counts them: echo_server.moon [ADDRESS]
sss = require "sss"
io.stdout\setvbuf "line"

class Talk
  new: (@client) =>
    @lines = 0
  run: =>
    for line in @client\lines "L"
      @lines += 1
      @client\send "#{@lines}: #{line}"

server = sss.serve arg[1] or "127.0.0.1:7000", (client) ->
  with Talk client
    \run!
    print "a client has sent #{.lines} lines"
print "listening on #{server\address!}"
