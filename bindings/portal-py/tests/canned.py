"""A server that answers every request with the same link; it prints its port, and ends with its parent."""

import asyncio
import sys

BODY = b'{"status": true, "result": {"customer_id": "cus_1", "link_url": "https://pay.example.com/portal/1"}}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
END = b'"customer_id":"cus_1"}'


class Canned(asyncio.Protocol):
    """Answers each request at its end; all requests are equal."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.received.endswith(END):
            self.received = b""
            self.transport.write(ANSWER)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Canned, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
