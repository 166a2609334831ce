from pathlib import Path

import pytest

from telectl import settings
from telectl.errors import SettingsError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(f"TELECTL_{name.upper()}", raising=False)
    monkeypatch.delenv("TELECTL_CONFIG", raising=False)
    monkeypatch.setattr(settings, "ASTGUICLIENT", tmp_path / "astguiclient.conf")


def test_defaults_are_the_documented_ones() -> None:
    found = settings.load()
    assert found.listen == "127.0.0.1:8080"
    assert found.database_url.get_secret_value() == "mysql://cron:1234@127.0.0.1:3306/asterisk"
    assert (found.call_control, found.cache_seconds, found.dtmf, found.workers) == ("direct", 2, "parties", 1)


def test_the_environment_wins_over_the_file_and_the_file_over_astguiclient(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "astguiclient.conf").write_text("VARDB_server => db.lan\nVARDB_user => cron\nVARDB_pass => a b#c\n")
    assert settings.load().database_url.get_secret_value() == "mysql://cron:a@db.lan:3306/asterisk"
    config = tmp_path / "telectl.toml"
    config.write_text('listen = "127.0.0.1:1"\ndatabase_url = "mysql://t@h/d"\n')
    monkeypatch.setenv("TELECTL_CONFIG", str(config))
    monkeypatch.setenv("TELECTL_LISTEN", "127.0.0.1:2")
    found = settings.load()
    assert found.listen == "127.0.0.1:2"
    assert found.database_url.get_secret_value() == "mysql://t@h/d"


def test_a_file_of_vicidials_that_may_not_be_read_is_said_unless_it_is_not_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(SettingsError, match=r"TELECTL_DATABASE_URL: not set, and .*astguiclient\.conf may not be read"):
        settings.load()
    monkeypatch.setenv("TELECTL_DATABASE_URL", "mysql://t@h/d")
    assert settings.load().database_url.get_secret_value() == "mysql://t@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN", "nonsense"),
        ("LISTEN", "127.0.0.1:99999"),
        ("CALL_CONTROL", "both"),
        ("CACHE_SECONDS", "-1"),
        ("AMI", "{not json"),
        ("AMI", '{"10.0.0.1": {"passwort": "x"}}'),
        ("TIMEZONE", "Mars/Olympus"),
        ("WORKERS", "0"),
        ("TRUSTED_PROXIES", "10.0.0.300"),
        ("DATABASE_URL", "postgres://u@h/d"),
        ("DATABASE_URL", "mysql://u:canary#1@h/d"),
        ("DATABASE_URL", "mysql://u:canary@h/d?sokcet=/x"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TELECTL_{name}", value)
    with pytest.raises(SettingsError) as error:
        settings.load()
    assert f"TELECTL_{name}" in str(error.value)
    assert "\n" not in str(error.value)
    assert "canary" not in str(error.value)


def test_an_unknown_name_in_the_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "telectl.toml"
    config.write_text('lissten = "x"\n')
    monkeypatch.setenv("TELECTL_CONFIG", str(config))
    with pytest.raises(SettingsError, match="TELECTL_LISSTEN: no setting has this name"):
        settings.load()


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("TELECTL_LISTN", "do you mean TELECTL_LISTEN?"),
        ("telectl_loglevel", "do you mean TELECTL_LOG_LEVEL?"),
        ("TELECTL_TRUSTED_PROXY", "do you mean TELECTL_TRUSTED_PROXIES?"),
        ("TELECTL_CONFG", "do you mean TELECTL_CONFIG?"),
        ("TELECTL_PROXIES", "do you mean TELECTL_TRUSTED_PROXIES?"),
        ("TELECTL_XQZ", "`telectl serve --help` lists them"),
        ("TELECTL_", "`telectl serve --help` lists them"),
    ],
)
def test_a_variable_that_no_setting_has_stops_the_start_and_the_nearest_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "canary")
    with pytest.raises(SettingsError) as error:
        settings.load()
    assert str(error.value) == f"{variable}: no setting has this name; {meant}"


@pytest.mark.parametrize("name", list(settings.Settings.model_fields))
def test_every_setting_without_one_of_its_letters_is_recognised(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    misspelt = name[:1] + name[2:]
    monkeypatch.setenv(f"TELECTL_{misspelt.upper()}", "x")
    with pytest.raises(SettingsError, match=f"do you mean TELECTL_{name.upper()}"):
        settings.load()


def test_what_kubernetes_puts_in_is_nobodys_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TELECTL_SERVICE_HOST": "10.0.0.11",
        "TELECTL_SERVICE_PORT": "8080",
        "TELECTL_SERVICE_PORT_HTTP": "8080",
        "TELECTL_PORT": "tcp://10.0.0.11:8080",
        "TELECTL_PORT_8080_TCP": "tcp://10.0.0.11:8080",
        "TELECTL_PORT_8080_TCP_ADDR": "10.0.0.11",
        "TELECTL_TWO_SERVICE_HOST": "10.0.0.12",
    }.items():
        monkeypatch.setenv(name, value)
    assert settings.load().port == 8080
    monkeypatch.setenv("TELECTL_PORT", "9000")
    with pytest.raises(SettingsError, match="TELECTL_PORT: no setting has this name"):
        settings.load()


def test_every_complaint_is_made_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "telectl.toml"
    config.write_text('telectl_listen = "x"\nworkers = 0\n[ami."10.0.0.1"]\nsecrt = "canary"\nuser = "x"\n')
    monkeypatch.setenv("TELECTL_CONFIG", str(config))
    monkeypatch.setenv("TELECTL_LOGFORMAT", "json")
    with pytest.raises(SettingsError) as error:
        settings.load()
    assert set(error.value.complaints) == {
        "TELECTL_LOGFORMAT: no setting has this name; do you mean TELECTL_LOG_FORMAT?",
        "TELECTL_TELECTL_LISTEN: no setting has this name; do you mean TELECTL_LISTEN?",
        "TELECTL_WORKERS: Input should be greater than or equal to 1",
        "TELECTL_AMI[10.0.0.1][secrt]: no key has this name; do you mean secret?",
        "TELECTL_AMI[10.0.0.1][user]: no key has this name; do you mean username?",
    }


def test_a_missing_or_broken_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "telectl.toml"
    monkeypatch.setenv("TELECTL_CONFIG", str(config))
    with pytest.raises(SettingsError, match="TELECTL_CONFIG: cannot read"):
        settings.load()
    config.write_text("a = = b")
    with pytest.raises(SettingsError, match="TELECTL_CONFIG"):
        settings.load()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECTL_DATABASE_URL", "mysql://u:canary@h/d")
    monkeypatch.setenv("TELECTL_AMI", '{"10.0.0.1": {"secret": "canary"}}')
    assert "canary" not in repr(settings.load())
