# telectl as an image; settings come from the environment (docker-compose.yml shows which).
#   telectl   the server, what `docker build .` makes
#   demo      the same with the laboratory's phones: the demo call of `docker compose up`
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/telectl
COPY requirements.txt requirements-dev.txt ./
# The building machine's package index and certificates reach the build as secrets, never as a file of this folder.
RUN --mount=type=secret,id=pip_conf --mount=type=secret,id=ca \
    if [ -s /run/secrets/pip_conf ]; then export PIP_CONFIG_FILE=/run/secrets/pip_conf; fi; \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    sed -n '/^setuptools==/,/[^\\]$/p' requirements-dev.txt >build.txt \
 && python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes -r build.txt \
 && /opt/telectl/bin/pip install --no-cache-dir --no-compile --require-hashes -r requirements.txt
COPY pyproject.toml requirements.in requirements-dev.in README.md LICENSE ./
COPY packaging ./packaging
COPY telectl ./telectl
RUN /tools/bin/python -c 'from setuptools.build_meta import build_wheel; build_wheel("dist")' \
 && /opt/telectl/bin/pip install --no-cache-dir --no-compile --no-deps --no-index dist/*.whl \
 && /opt/telectl/bin/pip uninstall --yes pip

FROM python:3.13-slim AS telectl
RUN useradd --system --no-create-home telectl
COPY --from=build /opt/telectl /opt/telectl
ENV PATH=/opt/telectl/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TELECTL_LISTEN=0.0.0.0:8080
USER telectl
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["telectl"]
CMD ["serve"]

FROM telectl AS demo
COPY asterisk-test/lab /opt/lab/lab
ENV PYTHONPATH=/opt/lab DEMO_READY=/tmp/ready
HEALTHCHECK --interval=2s --timeout=3s --start-period=60s CMD ["test", "-e", "/tmp/ready"]
ENTRYPOINT ["python", "-m", "lab.demo"]
CMD []

FROM telectl
