"""What the API counts."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("opdesk_api_requests_total", "Requests to the staff API, by outcome", ["operation", "status"])
SECONDS = Histogram("opdesk_api_request_seconds", "Time until the answer, without the streams", ["operation"])
LISTENERS = Counter("opdesk_api_event_streams_total", "Event streams that were opened")
