# ComfyUI with the node pack, a torch that brings CUDA, and a worker that draws with it what bridges accept (DATABASE_URL).
# The host needs NVIDIA's driver and container toolkit; models are put into /pixart/data/models. From the root of a checkout:
#   docker build -f deploy/worker.Dockerfile -t pixart-worker .
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /pixart
COPY requirements ./requirements
COPY custom_nodes/pixart_nodes ./custom_nodes/pixart_nodes
COPY install.py command.py pyproject.toml ./
COPY bridge ./bridge
COPY workflows ./workflows
COPY examples ./examples
RUN python3 install.py \
 && .venv/bin/pip install --no-cache-dir -c requirements/constraints.txt -r requirements/s3.txt -r requirements/fleet.txt
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility LOG_FORMAT=json PYTHONUNBUFFERED=1
VOLUME /pixart/data/models
STOPSIGNAL SIGTERM
CMD [".venv/bin/python", "-m", "bridge", "worker"]
