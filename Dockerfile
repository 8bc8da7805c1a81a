FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --quiet --no-input --only-binary :all: \
        --no-deps --require-hashes --requirement requirements.txt

# The documentation, built with what only its building needs in a copy of the environment.
COPY requirements-docs.txt ./
RUN cp -a /opt/venv /opt/docs \
    && /opt/docs/bin/python -m pip install --quiet --no-input --no-compile --only-binary :all: \
        --no-deps --require-hashes --requirement requirements-docs.txt \
    && /opt/venv/bin/python -m pip uninstall --quiet --yes pip
COPY CHANGELOG.md CONTRIBUTING.md ./
COPY docs/ docs/
COPY rdcore/ rdcore/
RUN OPENBLAS_NUM_THREADS=1 /opt/docs/bin/python -m sphinx -q -d /tmp/doctrees docs site


FROM python:3.13-slim

RUN groupadd --gid 10001 app \
    && useradd --uid 10001 --gid app --no-create-home --home-dir /tmp --shell /usr/sbin/nologin app \
    && install --directory --owner=10001 --group=10001 /store

COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY .streamlit/config.toml .streamlit/config.toml
COPY app.py ./
COPY assets/ assets/
COPY rdcore/ rdcore/
COPY dashboard/ dashboard/
COPY pages/ pages/
COPY --from=build /build/site build/docs

ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    OMP_NUM_THREADS=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    STREAMLIT_SERVER_ENABLE_CORS=true \
    STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION=true \
    STREAMLIT_CLIENT_SHOW_ERROR_DETAILS=none \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false

# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "streamlit", "run", "app.py"]
