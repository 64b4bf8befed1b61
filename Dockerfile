# One image for every process of OPDesk; the command says which: opdesk bot, api, worker, scheduler.
FROM python:3.12-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/opdesk
COPY requirements.lock ./
RUN /opt/opdesk/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY requirements-build.lock ./
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY bot bot
COPY clinic clinic
COPY flows flows
COPY opdesk opdesk
COPY simulator simulator
COPY workers workers
RUN /opt/build/bin/python -m hatchling build -t wheel \
 && /opt/opdesk/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home opdesk \
 && install -d -o opdesk -m 700 /var/lib/opdesk/media /var/lib/opdesk/spool
COPY --from=build /opt/opdesk /opt/opdesk
ENV PATH=/opt/opdesk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OPDESK_HOST=0.0.0.0 \
    OPDESK_DATA_DIR=/tmp/opdesk
USER opdesk
WORKDIR /tmp
EXPOSE 8000 8080
CMD ["opdesk", "--help"]
