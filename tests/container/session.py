"""Open the app as a browser does and see its first page drawn; runs inside the container.

It exits with an error where the script does not finish or shows an exception.
"""

from __future__ import annotations

import sys

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect


def first_page(port: int) -> tuple[int, list[str]]:
    """Run the script once in a new session; return (elements drawn, exceptions shown)."""
    elements, exceptions = 0, []
    url = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(url, subprotocols=["streamlit"], max_size=None) as server:
        rerun = BackMsg()
        rerun.rerun_script.query_string = ""
        server.send(rerun.SerializeToString())
        while True:
            message = ForwardMsg.FromString(server.recv(timeout=60))
            if message.WhichOneof("type") == "script_finished":
                return elements, exceptions
            if message.delta.HasField("new_element"):
                elements += 1
                if message.delta.new_element.HasField("exception"):
                    exceptions.append(message.delta.new_element.exception.message)


if __name__ == "__main__":
    drawn, shown = first_page(int(sys.argv[1]))
    sys.stdout.write(f"{drawn} elements drawn\n")
    sys.exit(f"exceptions on the first page: {shown}" if shown or not drawn else 0)
