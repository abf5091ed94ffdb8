# SPDX-License-Identifier: BSD-3-Clause
"""Python's asyncio: python3 python.py lines|bulk|http|udp; prints its port and serves.

Protocol classes, the fast way of asyncio; it sets TCP_NODELAY itself.
"""
import sys

if sys.argv[1] in ("hello", "check"):
    print("hello")
    sys.exit()

import asyncio


class Stream(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.rest = b""

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


class Lines(Stream):
    def data_received(self, data):
        if self.rest:
            data = self.rest + data
        answers = data.splitlines(keepends=True)
        self.rest = b"" if data.endswith(b"\n") else answers.pop()
        if answers:
            self.transport.writelines(answers)


class Bulk(Stream):
    def data_received(self, data):
        self.transport.write(data)


def response(status, body):
    return (f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


FOUND = response("200 OK", "Hello, world!\n")
NOT_FOUND = response("404 Not Found", "")


class Http(Stream):
    def data_received(self, data):
        heads = (self.rest + data).split(b"\r\n\r\n")
        self.rest = heads.pop()
        for head in heads:
            self.answer(head)

    def answer(self, head):
        line, *fields = head.split(b"\r\n")
        words = line.split(b" ")
        if len(words) != 3 or words[0] != b"GET":
            self.transport.close()
            return
        values = dict((name.lower(), value.strip()) for name, _, value in
                      (field.partition(b":") for field in fields))
        self.transport.write(FOUND if words[1] == b"/hello" else NOT_FOUND)
        if values.get(b"connection") == b"close":
            self.transport.close()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


async def main(kind):
    loop = asyncio.get_running_loop()
    if kind == "udp":
        transport, _ = await loop.create_datagram_endpoint(Datagrams, ("127.0.0.1", 0))
        print(transport.get_extra_info("sockname")[1], flush=True)
    else:
        protocol = {"lines": Lines, "bulk": Bulk, "http": Http}[kind]
        server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=4096)
        print(server.sockets[0].getsockname()[1], flush=True)
    await loop.create_future()


asyncio.run(main(sys.argv[1]))
