"""For your own tests: an Asterisk manager interface without an Asterisk, and a proxy that misbehaves on request.

async with FakeAsterisk() as asterisk, FaultProxy("127.0.0.1", asterisk.port) as proxy:
    ...  # point telectl's TELECTL_AMI at proxy.port
    proxy.stall(Direction.TO_CLIENT)
"""

from telectl.testing.fake_asterisk import FakeAsterisk
from telectl.testing.fault_proxy import Direction, FaultProxy

__all__ = ["Direction", "FakeAsterisk", "FaultProxy"]
