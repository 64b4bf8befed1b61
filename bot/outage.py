"""When is a store away, and when is something wrong with what was asked?"""

from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError
from redis.exceptions import ConnectionError as RedisUnreachable
from redis.exceptions import TimeoutError as RedisTooSlow

# A store that is away is nobody's fault: the message waits as long as it takes.
AWAY = (ConnectionFailure, ExecutionTimeout, WTimeoutError, RedisUnreachable, RedisTooSlow, ConnectionError)
