"""Serves a FastAPI app on a free port, says where it listens, and ends with its parent: `python run.py MODULE`."""

import importlib
import os
import socket
import sys
import threading

import uvicorn


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "../upstreams")]
app = importlib.import_module(sys.argv[1]).app
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
threading.Thread(target=end_with_parent, daemon=True).start()
print("listening on", listener.getsockname()[1], flush=True)
# Nobody reads on, and who writes into a closed pipe fails.
sys.stdout = open(os.devnull, "w")
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
