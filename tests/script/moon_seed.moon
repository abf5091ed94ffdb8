-- SPDX-License-Identifier: BSD-3-Clause
-- The steps of the original README in its own language: `\` calls, `with` blocks.

t = require "harness"

t.test "the module, its tables and functions are there", ->
  sss = assert require "sss"
  t.eq type(sss[name]), "function", name for name in *{"socket", "tocaddress", "toladdress"}
  for name in *{"AF", "SOCK", "SO"}
    t.eq type(sss[name]), "table", name
  seen = [key for key in pairs sss.SO]
  t.ok #seen > 20, "options"

t.task "an echo server, step by step", ->
  import socket, toladdress, AF, SOCK, SO from require "sss"
  server = with socket AF.inet, SOCK.stream, 0
    \setsockopt SO.reuseaddr
    \bind host: "*", port: 0
    \listen 5
  {:port} = toladdress server\getsockname!

  guest = with socket!
    \connect {host: "127.0.0.1", :port}
  client, address = server\accept!
  t.eq toladdress(address).host, "127.0.0.1"
  guest\send "hello\n"
  client\send client\receive!
  t.eq guest\receive!, "hello\n"
  s\close! for s in *{guest, client, server}

t.task "bind and connect by address objects", ->
  sss = require "sss"
  server = with sss.socket!
    \bind sss.tocaddress host: "loopback", port: 0
    \listen!
  guest = with sss.socket!
    \connect server\getsockname!
    \send "some bytes"
  client = server\accept!
  t.eq client\recv(4), "some"
  t.eq client\recv!, " bytes"
  s\close! for s in *{guest, client, server}

t.task "a datagram by sendto", ->
  sss = require "sss"
  here = with sss.socket sss.AF.inet, sss.SOCK.dgram
    \bind host: "loopback", port: 0
  there = sss.socket sss.AF.inet, sss.SOCK.dgram, "udp"
  t.eq there\sendto("hello", sss.toladdress here\getsockname!), 5
  t.eq here\recv!, "hello"
  here\close!
  there\close!

t.test "options and timeouts", ->
  import socket, SO from require "sss"
  with socket!
    \setsockopt SO.keepalive, 1
    t.ok \getsockopt(SO.keepalive), "keepalive"
    \setsockopt SO.keepalive, 0
    t.ok not \getsockopt(SO.keepalive), "no keepalive"
    \settimeout 1
    \settimeout send: 1, receive: 2
    \settimeout nil
    \close!

t.task "tasks and a served client", ->
  sss = require "sss"
  class Echo
    new: (@greeting) =>
      @server = sss.serve "127.0.0.1:0", (client) -> @talk client
    talk: (client) =>
      client\send "#{@greeting}\n"
      client\send line for line in client\lines "L"
  echo = Echo "hello"
  guest = sss.connect echo.server\address!
  t.eq guest\receive("l"), "hello"
  guest\send "one\n"
  t.eq guest\receive("L"), "one\n"
  guest\close!
  echo.server\stop!

t.run!
