# Röstlots as a web service, with its speech model inside, so that it starts without a network.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY intents intents
COPY rostlots rostlots
COPY skill skill
COPY speech speech
RUN python -m venv /opt/rostlots && /opt/rostlots/bin/pip install --no-cache-dir '.[whisper,voice,web]'

FROM python:3.11-slim
RUN useradd --system --create-home --home-dir /var/lib/rostlots rostlots
COPY --from=build /opt/rostlots /opt/rostlots
ENV PATH=/opt/rostlots/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ROSTLOTS_MODELS=/var/lib/rostlots/models \
    ROSTLOTS_CACHE=/var/lib/rostlots/cache \
    ROSTLOTS_SPEECH_THREADS=1
USER rostlots
WORKDIR /var/lib/rostlots
COPY examples/question.opus /tmp/question.opus
# Installs the model and merges its pack once, and fails the build if either cannot be used.
RUN rostlots listen /tmp/question.opus --json > /dev/null
VOLUME /var/lib/rostlots
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# ROSTLOTS_SECRET_KEY has to be given.
CMD ["rostlots", "serve", "--host", "0.0.0.0"]
