# Our processes: api, engine, record writer, workers. Asterisk's image is asterisk-config/Dockerfile.
# The web console. Node.js is needed here only.
FROM python:3.11-slim-bookworm AS console
WORKDIR /app
COPY requirements/node.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/node.txt
COPY scripts/build_console.py scripts/
COPY console console
RUN mkdir -p api/console && python scripts/build_console.py

FROM python:3.11-slim-bookworm
WORKDIR /app
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng && rm -rf /var/lib/apt/lists/*
COPY requirements/build.txt requirements/base.txt requirements/
RUN pip install --require-hashes --no-deps -r requirements/build.txt -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY routing routing
COPY models models
COPY switchroom switchroom
COPY pbx pbx
COPY api api
COPY --from=console /app/api/console/static api/console/static
COPY workers workers
COPY providers providers
COPY analysis analysis
COPY cli cli
RUN pip install --no-deps --no-build-isolation -e . \
 # The group has the number of the group in Asterisk's image: by it both share the spool.
 && groupadd --gid 10001 switchroom \
 && useradd --uid 10001 --gid 10001 --create-home --home-dir /app/var switchroom
USER switchroom
ENTRYPOINT ["switchroom"]
CMD ["--help"]
