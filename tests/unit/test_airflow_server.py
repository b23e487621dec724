"""The port of a local Airflow: taken once, and free for the server that it was taken for."""

import asyncio

from satu.orchestration import local_server


def test_a_port_that_was_taken_is_not_given_again_and_a_server_may_listen_on_it() -> None:
    async def listen(port: int) -> None:
        (await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)).close()

    with local_server._reserved_port() as first, local_server._reserved_port() as second:
        assert first != second
        for port in (first, second):
            asyncio.run(listen(port))
