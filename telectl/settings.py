"""Every setting of telectl, and where each may come from.

The first source that names a setting wins: the environment (`TELECTL_…`), the TOML file that `TELECTL_CONFIG`
names (the same names in lower case), VICIdial's own `/etc/astguiclient.conf` (the database only), the default.
"""

from __future__ import annotations

import difflib
import os
import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from telectl.database_url import DatabaseUrl
from telectl.errors import SettingsError

PREFIX = "TELECTL_"
ASTGUICLIENT = Path("/etc/astguiclient.conf")
DEFAULT_DATABASE = "mysql://cron:1234@127.0.0.1:3306/asterisk"

Network = IPv4Network | IPv6Network


class AmiOverride(BaseModel):
    """What `TELECTL_AMI` may say of one server; a missing key keeps the value of the table `servers`."""

    model_config = ConfigDict(extra="forbid")

    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    username: str | None = None
    secret: SecretStr | None = None
    tls: bool = False


class Settings(BaseSettings):
    """The settings of one telectl; each field's description is what `telectl serve --help` prints."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    listen: str = Field("127.0.0.1:8080", description="host:port of the HTTP server")
    database_url: SecretStr = Field(
        SecretStr(DEFAULT_DATABASE),
        description="mysql://user:password@host:port/db, or with ?unix_socket=path;"
        " VICIdial's /etc/astguiclient.conf if unset",
    )
    call_control: Literal["direct", "vicidial", "auto"] = Field(
        "direct",
        description="direct: telectl acts over AMI; vicidial: it writes the flags and queue rows that VICIdial's"
        " agent screen acts on; auto: vicidial while that agent's screen is alive, else direct",
    )
    cache_seconds: float = Field(
        2,
        ge=0,
        le=3600,
        description="how long system settings, permissions and campaign rows may be kept; 0 = never",
    )
    ami: dict[str, AmiOverride] = Field(
        default_factory=dict,
        description='JSON: {"<server_ip>": {"host", "port", "username", "secret", "tls"}}, each key optional,'
        " overriding the table servers",
    )
    log_format: Literal["text", "json"] = Field("text", description="text for people, json for machines")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")
    timezone: str | None = Field(None, description="zone of 'now' in reply and column; the database's if unset")
    dtmf: Literal["parties", "room"] = Field(
        "parties",
        description="parties: digits go to customer and third party only (PlayDTMF);"
        " room: VICIdial's way, everybody hears them",
    )
    ra_any_call: bool = Field(
        default=False, description="ra_call_control may act on a call that is not the named agent's"
    )
    dials_per_user: int = Field(
        0,
        ge=0,
        le=100_000,
        description="calls that one API user may have dialled in a minute, all copies of telectl together;"
        " 0 = no limit",
    )
    dials_per_agent: int = Field(
        0, ge=0, le=100_000, description="calls that may be dialled for one agent in a minute; 0 = no limit"
    )
    workers: int = Field(1, ge=1, le=64, description="processes on the port")
    database_pool: int = Field(10, ge=1, le=200, description="most connections to the database, per process")
    login_failures: int = Field(
        5,
        ge=0,
        le=10_000,
        description="wrong passwords one address (IPv6: /64) may send for one user in 15 minutes before it is told to"
        " wait; 0 = no limits of telectl's own",
    )
    address_failures: int = Field(
        100,
        ge=0,
        le=1_000_000,
        description="wrong passwords one address (IPv6: /64) may send for all users in 15 minutes before it is slowed"
        " down to one a second; 0 = no limit",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="comma-separated addresses or networks of load balancers whose X-Forwarded-For is believed",
    )
    demo_from: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="comma-separated networks, beside this machine itself, from where the users of `telectl db init"
        " --demo` may log in while they have the password that everybody knows",
    )
    server_name: str | None = Field(
        None, description="this server's name in vicidial_webservers and vicidial_urls; its address if unset"
    )
    connections: int = Field(
        2000,
        ge=1,
        le=100_000,
        description="most open HTTP connections of one process; who comes when all are taken gets HTTP 503",
    )
    head_seconds: float = Field(
        10,
        gt=0,
        le=300,
        description="how long a request's line and headers may take, from a new connection's start or their first byte",
    )
    body_seconds: float = Field(
        20, gt=0, le=30, description="how long a request's body may take to arrive, and its answer to be taken"
    )
    idle_seconds: float = Field(
        75, gt=0, le=3600, description="how long a kept connection may wait for its next request"
    )
    grace_seconds: float = Field(
        2,
        ge=0,
        le=5,
        description="how long after SIGTERM requests are still answered while /readyz says 503: more than a load"
        " balancer needs to notice that; 0 where there is none",
    )
    refused_log_rows: int = Field(
        120,
        ge=0,
        le=1_000_000,
        description="most rows of vicidial_api_log a minute for requests without a login from one address;"
        " the rest are counted in one line of the log; 0 = no limit",
    )
    tls_certificate: Path | None = Field(
        None, description="PEM file with certificate and chain: the HTTP server speaks TLS"
    )
    tls_key: Path | None = Field(None, description="PEM file with its key; the certificate's own file if unset")
    reload_seconds: float = Field(
        30, gt=0, le=3600, description="how often the table servers is read for new or changed Asterisks"
    )

    url: str | None = Field(None, description="telectl call: the telectl to ask; TELECTL_LISTEN if unset")
    user: str | None = Field(None, description="telectl call: the API user; asked for if unset")
    password: SecretStr | None = Field(None, description="telectl call: its password; asked for if unset")

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004
            raise ValueError("expected host:port, for example 127.0.0.1:8080")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_address(cls, value: SecretStr) -> SecretStr:
        try:
            DatabaseUrl.parse(value.get_secret_value())
        except SettingsError as error:
            raise ValueError(str(error).removeprefix("TELECTL_DATABASE_URL: ")) from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError("not a time zone of this machine, for example Europe/Amsterdam")
        return value

    @field_validator("trusted_proxies", "demo_from", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, (list, tuple)):
            return tuple(ip_network(str(part).strip()) for part in value if str(part).strip())
        return value

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 takes a free one."""
        return int(self.listen.rpartition(":")[2])

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of 'now', or None for the database's."""
        return ZoneInfo(self.timezone) if self.timezone else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources as this module's docstring says."""
        del dotenv_settings, file_secret_settings
        toml = _toml_file()
        named = any("database_url" in source for source in (init_settings(), env_settings(), toml))
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, toml),
            InitSettingsSource(settings_cls, {} if named else astguiclient(ASTGUICLIENT)),
        )


def load(**overrides: Any) -> Settings:
    """Read the settings.

    A name that no setting has is refused wherever it stands: a misspelt one would leave its default in force, silently.

    Raises:
        SettingsError: it names every bad setting, without its value.
    """
    unknown = list(_unknown_variables())
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(*unknown, *(_complaint(dict(item)) for item in error.errors())) from None
    except ValueError as error:  # pydantic-settings: JSON that does not parse
        raise SettingsError(*unknown, _without_value(str(error))) from None
    if unknown:
        raise SettingsError(*unknown)
    return settings


def settings_help() -> str:
    """Return the list of settings for `telectl serve --help`: name, default, meaning."""
    lines = ["\b", "Settings: environment variables, or lower case in the TOML file that TELECTL_CONFIG names."]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "" if default in (None, (), {}) or isinstance(default, SecretStr) else f" [{_as_written(default)}]"
        lines.append(f"  {PREFIX}{name.upper()}{shown}")
        lines += textwrap.wrap(field.description or "", 76, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def _as_written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return what a misspelt name may mean."""
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


_OF_KUBERNETES = re.compile(r"TELECTL_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")


def _is_of_kubernetes(name: str, value: str) -> bool:
    """Return what Kubernetes puts into each container's environment for a service of the name telectl."""
    address = re.match(r"(tcp|udp|sctp)://", value)
    return bool(_OF_KUBERNETES.fullmatch(name)) or bool(name.endswith("_PORT") and address)


def _unknown_variables() -> Iterator[str]:
    known = {*Settings.model_fields, "config"}
    for variable, value in sorted(os.environ.items()):
        name = variable.upper().removeprefix(PREFIX)
        if variable.upper().startswith(PREFIX) and name.lower() not in known and not _is_of_kubernetes(variable, value):
            yield f"{variable}: {_no_such_setting(name)}"


def _no_such_setting(name: str) -> str:
    near = nearest(name.lower().removeprefix(PREFIX.lower()), [*Settings.model_fields, "config"])
    meant = f"do you mean {PREFIX}{near.upper()}?" if near else "`telectl serve --help` lists them"
    return f"no setting has this name; {meant}"


def _complaint(item: dict[str, Any]) -> str:
    name, *inner = (str(part) for part in item["loc"])
    words = item["msg"].removeprefix("Value error, ")
    if name not in Settings.model_fields:
        words = _no_such_setting(name)
    elif item["type"] == "extra_forbidden":
        keys = list(AmiOverride.model_fields)
        near = nearest(inner[-1], keys)
        words = f"no key has this name; {f'do you mean {near}?' if near else 'there are ' + ', '.join(keys)}"
    return f"{PREFIX}{name.upper()}{''.join(f'[{part}]' for part in inner)}: {words}"


def _without_value(text: str) -> str:
    field = re.search(r'field "(\w+)"', text)
    return f"TELECTL_{field[1].upper()}: not valid JSON" if field else text


def _toml_file() -> dict[str, Any]:
    path = os.environ.get("TELECTL_CONFIG")
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise SettingsError(f"TELECTL_CONFIG: cannot read {path}: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"TELECTL_CONFIG: {path} is not TOML: {error}") from None


def astguiclient(path: Path) -> dict[str, Any]:
    """Take the database's address from VICIdial's own configuration file (lines `VARDB_server => host`).

    Raises:
        SettingsError: the file is there, but telectl's user may not read it.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except PermissionError:
        raise SettingsError(f"TELECTL_DATABASE_URL: not set, and {path} may not be read by telectl's user") from None
    except OSError:
        return {}
    found = dict(re.findall(r"^\s*(VARDB_\w+)\s*=>\s*(\S+)", text, re.MULTILINE))
    if "VARDB_server" not in found:
        return {}
    user, password = (quote(found.get(f"VARDB_{key}", ""), safe="") for key in ("user", "pass"))
    host, port = found["VARDB_server"], found.get("VARDB_port", "3306")
    name = found.get("VARDB_database", "asterisk")
    return {"database_url": SecretStr(f"mysql://{user}:{password}@{host}:{port}/{name}")}
