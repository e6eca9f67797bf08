# docker build -t vetting . && docker run -p 8000:8000 -v vetting:/data vetting
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/vetting
ENV PATH=/opt/vetting/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The CPU build, first and by itself: otherwise the next line would bring several GB of CUDA libraries.
RUN pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY vetting vetting
COPY rubrics rubrics
COPY prompts prompts
COPY data/demo data/demo
COPY data/eval data/eval
COPY data/taxonomy data/taxonomy
RUN pip install --constraint constraints.txt ".[postgres]"

FROM python:3.11-slim
COPY --from=build /opt/vetting /opt/vetting
# Pango draws the PDF files.
RUN apt-get update -q && apt-get install -qy --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /data vetting && install -d -o vetting -g vetting /data
ENV PATH=/opt/vetting/bin:$PATH \
    VETTING_DATA_DIR=/data \
    HF_HUB_OFFLINE=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER vetting
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["vetting", "serve", "--host", "0.0.0.0", "--port", "8000"]
