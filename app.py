"""Entry point of the app: the server, and the script that it runs for each visit."""

from __future__ import annotations

import streamlit as st

if __name__ == "__main__":
    from dashboard.ui import frame

    frame.run()
else:
    # `streamlit run` imports this file to serve it; Streamlit then runs it as a script.
    from dashboard import server

    def begin() -> None:
        """Set up the process, and solve the first page, before the first visit."""
        from dashboard.ui import startup

        startup.ready()
        startup.rehearse()

    app = st.App(
        __file__,
        routes=server.routes(),
        middleware=server.middleware(),
        lifespan=server.lifespan(begin),
    )
