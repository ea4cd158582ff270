// Runs a scripted upstream on a free port, says where it listens, and ends with its parent: `node run.cjs SCRIPT`.
const net = require("node:net");
const path = require("node:path");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (_port, host) {
  return listen.call(this, 0, host, () => console.log("listening on " + this.address().port));
};
process.stdin.on("end", () => process.exit()).resume();
import(path.join(__dirname, process.argv[2]));
