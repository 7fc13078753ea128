// What Node's own HTTP server and client read in bytes that the gate wrote.
// stdin: {"requests": [stream...], "answers": [{"method", "raw"}...]}, bytes as latin-1 text.
// stdout: {"requests": [[message...]...], "answers": [message...]}; a message is
// [method or status, target or "", [[name, value]...], body, what went wrong or ""].

import http from "node:http";
import net from "node:net";

const maxHeaderSize = 1 << 20;
const text = (buffers) => Buffer.concat(buffers).toString("latin1");
const bytes = (string) => Buffer.from(string, "latin1");

function pairs(raw) {
  const fields = [];
  for (let i = 0; i < raw.length; i += 2) fields.push([raw[i].toLowerCase(), raw[i + 1]]);
  return fields;
}

function listen(server) {
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
}

async function readRequests(stream) {
  const messages = [];
  const take = (request, response) => {
    const body = [];
    const message = [request.method, request.url, pairs(request.rawHeaders), "", "incomplete"];
    messages.push(message);
    request.on("data", (piece) => body.push(piece));
    request.on("end", () => {
      message[3] = text(body);
      message[4] = request.complete ? "" : "incomplete";
      response.end();
    });
  };
  const server = http.createServer({ maxHeaderSize, keepAliveTimeout: 0 }, take);
  server.on("checkContinue", take);
  server.on("clientError", (error, socket) => {
    messages.push([error.code, "", [], "", error.message]);
    socket.destroy();
  });
  const port = await listen(server);
  await new Promise((done) => {
    const client = net.connect(port, "127.0.0.1", () => client.end(bytes(stream)));
    client.resume();
    client.on("error", done);
    client.on("close", done);
  });
  server.close();
  return messages;
}

// Behind each answer another one is asked for, so that one that Node takes for longer than it is
// spoils the next.
async function readAnswer({ method, raw }) {
  const closes = /\r\nconnection: close\r\n/i.test(raw);
  let asked = 0;
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      asked += 1;
      if (asked === 1) socket.write(bytes(raw));
      else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnext");
      if (asked === 1 && closes) socket.end();
    });
  });
  const port = await listen(server);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const message = await ask(port, agent, method);
  if (!message[4] && !closes) {
    const next = await ask(port, agent, "GET");
    if (next[3] !== "next") message[4] = "the next answer on the connection is not what was sent";
  }
  agent.destroy();
  server.close();
  return message;
}

function ask(port, agent, method) {
  return new Promise((done) => {
    const request = http.request({ port, host: "127.0.0.1", agent, method, maxHeaderSize });
    request.on("error", (error) => done([0, "", [], "", String(error)]));
    request.on("response", (response) => {
      const body = [];
      response.on("data", (piece) => body.push(piece));
      response.on("error", () => {});
      response.on("close", () =>
        done([
          response.statusCode,
          "",
          pairs(response.rawHeaders),
          text(body),
          response.complete ? "" : "incomplete",
        ]),
      );
    });
    request.end();
  });
}

let input = "";
for await (const piece of process.stdin) input += piece;
const { requests, answers } = JSON.parse(input);
const found = { requests: [], answers: [] };
for (const stream of requests) found.requests.push(await readRequests(stream));
for (const answer of answers) found.answers.push(await readAnswer(answer));
process.stdout.write(JSON.stringify(found));
