// SPDX-License-Identifier: BSD-3-Clause
// Node.js: node node.js lines|bulk|http|udp; prints its port and serves.
'use strict';
const net = require('net');

// Every whole line goes back; what has arrived together goes back together.
function lines(socket) {
  let rest = null;
  socket.on('data', (data) => {
    if (rest) data = Buffer.concat([rest, data]);
    let at = 0;
    const answers = [];
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, at)) {
      answers.push(data.subarray(at, end + 1));
      at = end + 1;
    }
    rest = at < data.length ? data.subarray(at) : null;
    if (answers.length === 1) socket.write(answers[0]);
    else if (answers.length) socket.write(Buffer.concat(answers));
  });
  socket.on('error', () => socket.destroy());
}

function bulk(socket) {
  socket.pipe(socket);
  socket.on('error', () => socket.destroy());
}

function tcp(handler) {
  const server = net.createServer({ noDelay: true }, handler);
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    console.log(server.address().port);
  });
}

function http() {
  const server = require('http').createServer((request, response) => {
    const found = request.url === '/hello';
    const body = found ? 'Hello, world!\n' : '';
    response.writeHead(found ? 200 : 404, {
      'Content-Type': 'text/plain', 'Content-Length': body.length,
    });
    response.end(body);
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', 4096, () => console.log(server.address().port));
}

function udp() {
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (data, sender) => socket.send(data, sender.port, sender.address));
  socket.bind(0, '127.0.0.1', () => console.log(socket.address().port));
}

const kinds = {
  lines: () => tcp(lines), bulk: () => tcp(bulk), http, udp,
  hello: () => console.log('hello'), check: () => console.log('hello'),
};
kinds[process.argv[2]]();
