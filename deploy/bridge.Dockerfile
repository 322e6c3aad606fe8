# The bridge alone, without torch: workers draw for it (WORKERS=none), or ComfyUIs that run elsewhere (COMFYUI_URL). From the root of a checkout:
#   docker build -f deploy/bridge.Dockerfile -t pixart-bridge .
FROM python:3.13-slim
WORKDIR /pixart
COPY requirements ./requirements
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements/locked/bridge.txt \
 && pip install --no-cache-dir -c requirements/constraints.txt -r requirements/s3.txt -r requirements/fleet.txt
COPY bridge ./bridge
COPY workflows ./workflows
COPY examples ./examples
COPY custom_nodes/pixart_nodes ./custom_nodes/pixart_nodes
RUN useradd --uid 10001 --create-home pixart && install -d -o pixart -m 700 /data
USER 10001
ENV HOST=0.0.0.0 PORT=8000 PIXART_DATA=/data LOG_FORMAT=json PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=5)"]
CMD ["python", "-m", "bridge", "serve"]
