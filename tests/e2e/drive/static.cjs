// Serves built apps from a folder, as any web server would.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

// A server for the folder on this port of the loopback, once it listens; port 0 is a free one.
exports.serve = (folder, port) => {
  const root = path.resolve(folder);
  const server = http.createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const file = path.join(root, asked.endsWith("/") ? `${asked}index.html` : asked);
    if (asked === "/favicon.ico") return response.writeHead(204).end();
    fs.readFile(file, (error, content) => {
      if (error || !file.startsWith(root + path.sep)) return response.writeHead(404).end();
      response.writeHead(200, { "content-type": KINDS[path.extname(file)] ?? "application/octet-stream" }).end(content);
    });
  });
  return new Promise((listening, failed) => server.once("error", failed).listen(port, "127.0.0.1", () => listening(server)));
};
