"""Runs `langgraph dev` with graph.py on a free port, says where it listens, and ends with its parent."""

import json
import os
import socket
import sys
import threading
import time
import urllib.request

here = os.path.dirname(os.path.abspath(__file__))
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


def tell_when_ready(told):
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ok"):
                break
        except OSError:
            time.sleep(0.05)
    os.write(told, f"listening on {port}\n".encode())
    os.close(told)


told = os.dup(1)
# Nobody reads on, and who writes into a closed pipe fails.
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
with open("langgraph.json", "w") as file:
    json.dump({"dependencies": ["."], "graphs": {"agent": os.path.join(here, "graph.py:graph")}}, file)
threading.Thread(target=end_with_parent, daemon=True).start()
threading.Thread(target=tell_when_ready, args=[told], daemon=True).start()

from langgraph_cli.cli import cli  # noqa: E402

cli(["dev", "--no-browser", "--no-reload", "--host", "127.0.0.1", "--port", str(port), "--n-jobs-per-worker", "20"])
