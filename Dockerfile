# telectl itself; settings come from the environment (docker-compose.yml shows which).
FROM python:3.11-slim
WORKDIR /opt/telectl
COPY requirements.txt ./
# The building machine's package index and certificates reach the build as secrets, never as a file of this folder.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf,required=false \
    --mount=type=secret,id=ca,target=/tmp/ca.pem,required=false \
    if [ -s /tmp/ca.pem ]; then export PIP_CERT=/tmp/ca.pem; fi; \
    pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY telectl ./telectl
RUN useradd --system --no-create-home telectl
ENV PYTHONPATH=/opt/telectl PYTHONDONTWRITEBYTECODE=1 TELECTL_LISTEN=0.0.0.0:8080
USER telectl
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "telectl.cli"]
CMD ["serve"]
