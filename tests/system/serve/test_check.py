"""`telectl check`: one line each, and an exit status."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from lab.contact_centre import ContactCentre
from lab.mariadb import MariaDB
from parts import free_port, telectl_process

from telectl.database import DatabaseUrl

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def check(**settings: str) -> tuple[int, list[str]]:
    process = await telectl_process("check", **settings)
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (output + errors).decode().splitlines()


async def test_everything_in_order(centre: ContactCentre) -> None:
    status, lines = await check(database_url=centre.database_url)
    assert status == 0, lines
    assert lines == [
        "ok    settings",
        "ok    database: reachable, with the rights it needs",
        "ok    asterisk 127.0.0.1: logged in as telectl",
        "ok    asterisk 127.0.0.1 rights: may do what is needed",
        "ok    asterisk 127.0.0.1 dialplan: rooms, park, hangup, digits are there",
    ]


@pytest.mark.parametrize("url", ["mysql://u:canary@h", "postgres://u:canary@h/d", "mysql://u:can#ary@h/d"])
async def test_a_bad_database_address_is_a_bad_setting(url: str) -> None:
    status, lines = await check(database_url=url)
    assert status == 1
    assert len(lines) == 1
    assert lines[0].startswith(
        "wrong settings: TELECTL_DATABASE_URL: expected mysql://user:password@host:port/database"
    )
    assert "ary" not in lines[0]


async def test_a_certificate_that_cannot_be_read_is_a_bad_setting(tmp_path: Path) -> None:
    status, lines = await check(tls_certificate=str(tmp_path / "none"), database_url="mysql://u@127.0.0.1:1/x")
    told = f"wrong settings: TELECTL_TLS_CERTIFICATE: cannot read {tmp_path}/none: No such file or directory"
    assert (status, lines) == (1, [told])


async def test_every_bad_setting_is_a_line_and_a_misspelt_one_gets_the_nearest_name() -> None:
    status, lines = await check(trusted_proxy="10.0.0.1", workers="none", ami='{"10.0.0.1": {"pasword": "canary"}}')
    assert status == 1
    assert lines[0] == (
        "wrong settings: TELECTL_TRUSTED_PROXY: no setting has this name; do you mean TELECTL_TRUSTED_PROXIES?"
    )
    assert [line.split(": ")[1] for line in lines[1:]] == ["TELECTL_AMI[10.0.0.1][pasword]", "TELECTL_WORKERS"]


async def test_a_server_that_only_telectl_ami_knows_is_named(centre: ContactCentre) -> None:
    status, lines = await check(database_url=centre.database_url, ami='{"127.0.0.10": {"port": 5039}}')
    assert status == 1
    told = "the table servers has no such server_ip; do you mean 127.0.0.1?"
    assert f"wrong TELECTL_AMI: [127.0.0.10]: {told}" in lines
    assert "ok    asterisk 127.0.0.1: logged in as telectl" in lines


async def test_the_services_own_settings_are_checked_and_none_of_the_shells(
    centre: ContactCentre, tmp_path: Path
) -> None:
    file = tmp_path / "telectl.env"
    file.write_text(f'# the service\nTELECTL_DATABASE_URL={centre.database_url}\nTELECTL_CALL_CONTROL="vicidial"\n')
    process = await telectl_process(
        *("check", "--env-file", str(file)), database_url="mysql://u@127.0.0.1:1/none", lisetn="x", workers="0"
    )
    output, errors = await process.communicate()
    assert output.decode().splitlines() == [
        "ok    settings",
        "ok    database: reachable, with the rights it needs",
        "ok    asterisk: no link needed in vicidial mode",
    ], errors


async def test_an_env_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for command in (["check"], ["serve"], ["db", "init"], ["db", "grants"], ["call", "version"]):
        process = await telectl_process(*command, "--env-file", str(tmp_path / "none"))
        _, errors = await process.communicate()
        said = f"telectl: --env-file: cannot read {tmp_path}/none: No such file or directory\n"
        assert (process.returncode, errors.decode()) == (2, said), command


async def test_no_database() -> None:
    status, lines = await check(database_url="mysql://u:canary@127.0.0.1:1/none")
    assert status == 1
    assert lines[1].startswith("wrong database: ")
    assert "canary" not in "".join(lines)


async def test_missing_tables_and_rights_are_named(mariadb: MariaDB) -> None:
    url = DatabaseUrl.parse(await mariadb.database())
    await mariadb.sql(
        f"DROP TABLE `{url.database}`.park_log; CREATE USER IF NOT EXISTS poor@'127.0.0.1' IDENTIFIED BY 'x';"
        f"GRANT SELECT ON `{url.database}`.* TO poor@'127.0.0.1'"
    )
    status, lines = await check(database_url=f"mysql://poor:x@127.0.0.1:{mariadb.port}/{url.database}")
    assert status == 1
    assert "table park_log is missing" in lines[1]
    assert "no INSERT on vicidial_api_log" in lines[1]
    assert "no UPDATE on vicidial_live_agents" in lines[1]


async def test_a_refused_login_is_said_at_once(centre: ContactCentre) -> None:
    started = time.monotonic()
    status, lines = await check(database_url=centre.database_url, ami='{"127.0.0.1": {"secret": "canary-secret"}}')
    assert time.monotonic() - started < 6
    assert status == 1
    assert any("telectl@127.0.0.1:" in line and "login refused: Authentication failed" in line for line in lines)
    assert any("its secret, or permit" in line for line in lines)
    assert "canary" not in "".join(lines)


async def test_a_refused_port_and_an_unknown_name_of_asterisk_are_said_at_once(centre: ContactCentre) -> None:
    port = free_port()
    started = time.monotonic()
    status, lines = await check(database_url=centre.database_url, ami=f'{{"127.0.0.1": {{"port": {port}}}}}')
    assert time.monotonic() - started < 6
    assert status == 1
    assert lines[-1].endswith(f"no connection to 127.0.0.1:{port}: connection refused: nobody listens there")
    status, lines = await check(database_url=centre.database_url, ami='{"127.0.0.1": {"host": "no..name"}}')
    assert (status, lines[-1].rpartition(": ")[2]) == (1, "not a host name")


@pytest.mark.own_asterisk
async def test_a_manager_user_without_rights_is_said(centre: ContactCentre) -> None:
    manager = centre.asterisk.folder / "etc/manager.conf"
    text = manager.read_text()
    manager.write_text(f"{text}\n[weak]\nsecret = weak\nread = system,call\nwrite = reporting\n")
    await centre.witness.command("manager reload")
    status, lines = await check(
        database_url=centre.database_url, ami='{"127.0.0.1": {"username": "weak", "secret": "weak"}}'
    )
    assert status == 1
    assert any("the manager user may not: Originate, Redirect, Hangup, PlayDTMF" in line for line in lines), lines
    assert any("(manager.conf: read = system,call, write = call,originate,reporting)" in line for line in lines), lines


async def test_a_missing_extension_is_named(centre: ContactCentre) -> None:
    await centre.rows.run("UPDATE servers SET ext_context = 'nowhere'")
    try:
        status, lines = await check(database_url=centre.database_url)
    finally:
        await centre.rows.run("UPDATE servers SET ext_context = 'default'")
    assert status == 1
    assert any("not in the dialplan: 8300@nowhere" in line for line in lines)
