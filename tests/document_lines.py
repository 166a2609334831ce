"""Every RESPONSES line of the API document of 2012-09-13, and how the demo data are brought to give it.

`LINES` has one row for each line: the line, the request, the answer with the request's own values, and what is done to
the data before. Where agent-api-rules.md rule 1 replaces a line, REPLACED names it.
`webserver` is a journey test of its own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of the document, and how it is brought about."""

    document: str
    query: str
    answer: str
    before: tuple[str, ...] = ()


def line(document: str, query: str, answer: str, *before: str) -> Line:
    return Line(document, query, answer, before)


def common(function: str, rest: str, *, alt: bool = True) -> list[Line]:
    """Return the two lines that most functions share."""
    lines = [
        line(
            "ERROR: agent_user is not logged in - 6666",
            f"function={function}&agent_user=1001&{rest}",
            "ERROR: agent_user is not logged in - 1001",
        )
    ]
    if alt:
        lines.append(
            line(
                "ERROR: no user found - 6666",
                f"function={function}&alt_user=NOBODY&{rest}",
                "ERROR: no user found - NOBODY",
            )
        )
    return lines


IDLE = "UPDATE vicidial_live_agents SET lead_id = 0, callerid = '', status = 'PAUSED' WHERE user = '1000'"
STANDARD = "UPDATE vicidial_campaigns SET api_manual_dial = 'STANDARD'"
BAD_ALIAS = "INSERT INTO groups_alias (group_alias_id, caller_id_number) VALUES ('TESTING', '123')"
DIAL = "function=external_dial&agent_user=1000&value=7275551212&phone_code=1&search=YES&preview=NO&focus=YES"
DIALLED = "1|YES|NO|YES"
LEAD = "function=external_add_lead&agent_user=1000&phone_number=7275551212&phone_code=1"
GROUPS = "function=change_ingroups&agent_user=1000&blended=NO&ingroup_choices=+TEST_IN+SALESLINE+-"
FIELDS = "function=update_fields&agent_user=6666"
TIMER = "function=set_timer_action&agent_user=6666&value=MESSAGE_ONLY&notes=test+message&rank=15"
RA = "function=ra_call_control&agent_user=1028&value=Y0316001655000402028"
XFER = "function=transfer_conference&agent_user=1000"
CALL = "V1123000000000001002"
SESSION = "127.0.0.1|9600051|INCALL"
VTIGER = "UPDATE system_settings SET enable_vtiger_integration = '1', vtiger_server_ip = '{host}', vtiger_dbname = '{database}'"  # noqa: E501 - as documented
LINES: dict[str, list[Line]] = {
    "version": [
        line(
            "VERSION: 2.0.5-2|BUILD: 90116-1229|DATE: 2009-01-15 14:59:33|EPOCH: 1222020803",
            "function=version",
            "VERSION: <V>|BUILD: <V>|DATE: <DATE>|EPOCH: <T>",
        )
    ],
    "external_hangup": [
        *common("external_hangup", "value=1"),
        line(
            "ERROR: external_hangup not valid - 1|6666",
            "function=external_hangup&agent_user=1000&value=2",
            "ERROR: external_hangup not valid - 2|1000",
        ),
        line(
            "SUCCESS: external_hangup function set - 1|6666",
            "function=external_hangup&agent_user=1000&value=1",
            "SUCCESS: external_hangup function set - 1|1000",
        ),
    ],
    "external_status": [
        *common("external_status", "value=A"),
        line(
            "ERROR: external_status not valid - A|6666",
            "function=external_status&agent_user=1000&value=NONE",
            "ERROR: external_status not valid - NONE|1000",
        ),
        line(
            "SUCCESS: external_status function set - A|6666",
            "function=external_status&agent_user=1000&value=A",
            "SUCCESS: external_status function set - A|1000",
        ),
    ],
    "external_pause": [
        *common("external_pause", "value=PAUSE"),
        line(
            "ERROR: external_pause not valid - PAUSE|6666",
            "function=external_pause&agent_user=1000&value=STOP",
            "ERROR: external_pause not valid - STOP|1000",
        ),
        line(
            "SUCCESS: external_pause function set - PAUSE|1232020456|6666",
            "function=external_pause&agent_user=1000&value=PAUSE",
            "SUCCESS: external_pause function set - PAUSE|<T>|1000",
        ),
    ],
    "logout": [
        *common("logout", "value=LOGOUT"),
        line(
            "ERROR: logout not valid - PAUSE|6666",
            "function=logout&agent_user=1000&value=PAUSE",
            "ERROR: logout not valid - PAUSE|1000",
        ),
        line(
            "SUCCESS: logout function set - LOGOUT|1232020456|6666",
            "function=logout&agent_user=1000&value=LOGOUT",
            "SUCCESS: logout function set - LOGOUT|<T>|1000",
        ),
    ],
    "external_dial": [
        *common("external_dial", "value=7275551212&phone_code=1&search=YES&preview=NO&focus=YES"),
        line(
            "ERROR: external_dial not valid - 7275551212|1|YES|6666",
            "function=external_dial&agent_user=1000&value=7275551212&phone_code=1&search=YES",
            "ERROR: external_dial not valid - 7275551212|1|YES|1000",
        ),
        line(
            "ERROR: agent_user is not allowed to place manual dial calls - 6666",
            DIAL,
            "ERROR: agent_user is not allowed to place manual dial calls - 1000",
            "UPDATE vicidial_users SET agentcall_manual = '0' WHERE user = '1000'",
        ),
        line(
            "ERROR: caller_id_number from group_alias is not valid - 6666|TESTING|123",
            f"{DIAL}&group_alias=TESTING",
            "ERROR: caller_id_number from group_alias is not valid - 1000|TESTING|123",
            BAD_ALIAS,
        ),
        line(
            "ERROR: group_alias is not valid - 6666|TESTING",
            f"{DIAL}&group_alias=TESTING",
            "ERROR: group_alias is not valid - 1000|TESTING",
        ),
        line(
            "ERROR: vtiger callback activity does not exist in vtiger system - 12345",
            f"{DIAL.replace('7275551212', '9912345')}&vtiger_callback=YES",
            "ERROR: vtiger callback activity does not exist in vtiger system - 12345",
            VTIGER,
        ),
        line(
            "ERROR: phone_number is already in this agents manual dial queue - 6666|7275551211",
            DIAL,
            "ERROR: phone_number is already in this agents manual dial queue - 1000|7275551212",
            "INSERT INTO vicidial_manual_dial_queue (user, phone_number) VALUES ('1000', '7275551212')",
        ),
        line(
            "ERROR: lead_id is not valid - 6666|1234567",
            f"{DIAL}&lead_id=1234567",
            "ERROR: lead_id is not valid - 1000|1234567",
        ),
        line(
            "ERROR: phone number is not valid - 6666||1234567|",
            f"{DIAL}&lead_id=1003&alt_dial=ALT",
            "ERROR: phone number is not valid - 1000||1003|ALT",
        ),
        line(
            "SUCCESS: external_dial function set - 7275551212|6666|1|YES|NO|YES|123456|1232020456|9|TESTING|7275551211|",  # noqa: E501 - as documented
            f"{DIAL}&vendor_id=123456&dial_prefix=9&group_alias=DEFAULT",
            f"SUCCESS: external_dial function set - 7275551212|1000|{DIALLED}|123456|<T>|9|DEFAULT|7275550199|",
            STANDARD,
            IDLE,
        ),
    ],
    "external_add_lead": [
        *common("external_add_lead", "phone_number=7275551212&phone_code=1"),
        line(
            "ERROR: external_add_lead not valid - 7275551212|1|6666|",
            "function=external_add_lead&agent_user=1000&phone_number=7275551212",
            "ERROR: external_add_lead not valid - 7275551212||1000|",
        ),
        line(
            "ERROR: lead insertion failed - 7275551212|TESTCAMP|101|6666",
            LEAD,
            "ERROR: lead insertion failed - 7275551212|DEMO|998|1000",
            "ALTER TABLE vicidial_list CHANGE owner owner_gone VARCHAR(20)",
        ),
        line(
            "ERROR: add_lead PHONE NUMBER IN DNC - 7275551212|6666",
            f"{LEAD}&dnc_check=YES",
            "ERROR: add_lead PHONE NUMBER IN DNC - 7275551212|1000",
            "INSERT INTO vicidial_dnc (phone_number) VALUES ('7275551212')",
        ),
        line(
            "ERROR: add_lead PHONE NUMBER IN CAMPAIGN DNC - 7275551212|TESTCAMP|6666",
            f"{LEAD}&campaign_dnc_check=YES",
            "ERROR: add_lead PHONE NUMBER IN CAMPAIGN DNC - 7275551212|DEMO|1000",
            "INSERT INTO vicidial_campaign_dnc (phone_number, campaign_id) VALUES ('7275551212', 'DEMO')",
        ),
        line(
            "ERROR: campaign manual dial list undefined - 7275551212|TESTCAMP|6666",
            LEAD,
            "ERROR: campaign manual dial list undefined - 7275551212|DEMO|1000",
            "UPDATE vicidial_campaigns SET manual_dial_list_id = 0",
        ),
        line(
            "SUCCESS: lead added - 7275551212|TESTCAMP|101|123456|6666",
            LEAD,
            "SUCCESS: lead added - 7275551212|DEMO|998|<N>|1000",
        ),
    ],
    "change_ingroups": [
        *common("change_ingroups", "value=CHANGE&blended=NO&ingroup_choices=+TEST_IN+-", alt=False),
        line(
            "ERROR: change_ingroups not valid - N| TEST_IN SALESLINE -",
            f"{GROUPS.replace('blended=NO', 'blended=N')}&value=CHANGE",
            "ERROR: change_ingroups not valid - N| TEST_IN SALESLINE -",
        ),
        line(
            "ERROR: campaign does not allow inbound calls - 6666",
            f"{GROUPS}&value=CHANGE",
            "ERROR: campaign does not allow inbound calls - 1000",
            "UPDATE vicidial_campaigns SET campaign_allow_inbound = 'N'",
        ),
        line(
            "ERROR: user is not allowed to change agent in-groups - 6666|TESTING|123",
            f"{GROUPS}&value=CHANGE",
            "ERROR: user is not allowed to change agent in-groups - 6666",
            "UPDATE vicidial_users SET change_agent_campaign = '0' WHERE user = '6666'",
        ),
        line(
            "ERROR: campaign dial_method does not allow outbound autodial - 6666|TESTING",
            f"{GROUPS.replace('blended=NO', 'blended=YES')}&value=CHANGE",
            "ERROR: campaign dial_method does not allow outbound autodial - 1000|DEMO",
            "UPDATE vicidial_campaigns SET dial_method = 'MANUAL'",
        ),
        line(
            "ERROR: ingroup does not exist - FAKE_IN| TEST_IN FAKE_IN SALESLINE -",
            f"{GROUPS.replace('SALESLINE', 'FAKE_IN+SALESLINE')}&value=CHANGE",
            "ERROR: ingroup does not exist - FAKE_IN| TEST_IN FAKE_IN SALESLINE -",
            "DELETE FROM vicidial_inbound_groups WHERE group_id = 'FAKE_IN'",
        ),
        line(
            "ERROR: ingroup_choices are required for ADD and REMOVE values - ADD|",
            "function=change_ingroups&agent_user=1000&blended=NO&value=ADD",
            "ERROR: ingroup_choices are required for ADD and REMOVE values - ADD|",
        ),
        line(
            "SUCCESS: change_ingroups function set - YES| TEST_IN SALESLINE -|6666",
            f"{GROUPS.replace('blended=NO', 'blended=YES')}&value=CHANGE",
            "SUCCESS: change_ingroups function set - YES| TEST_IN SALESLINE -|1000",
        ),
    ],
    "update_fields": [
        *common("update_fields", "city=Tampa", alt=False),
        line(
            "ERROR: update_fields not valid - 6666",
            "function=update_fields&city=Tampa",
            "ERROR: update_fields not valid - ",
        ),
        line(
            "ERROR: user is not allowed to modify lead information - 6666|1234",
            f"{FIELDS}&city=Tampa",
            "ERROR: user is not allowed to modify lead information - 6666|6666",
            "UPDATE vicidial_users SET modify_leads = '0' WHERE user = '6666'",
        ),
        line(
            "ERROR: agent_user does not have a lead on their screen - 6666|1234",
            "function=update_fields&agent_user=1000&city=Tampa",
            "ERROR: agent_user does not have a lead on their screen - 1000|6666",
            IDLE,
        ),
        line(
            "ERROR: no fields have been defined - 6666",
            f"{FIELDS}&value=1",
            "ERROR: no fields have been defined - 6666",
        ),
        line(
            "SUCCESS: update_fields lead updated - 6666|1234|87498|vendor_lead_code='1234567',address1=''",
            f"{FIELDS}&vendor_lead_code=1234567&address1=",
            "SUCCESS: update_fields lead updated - 6666|6666|1003|vendor_lead_code='1234567',address1=''",
        ),
    ],
    "set_timer_action": [
        *common("set_timer_action", "value=MESSAGE_ONLY", alt=False),
        line(
            "ERROR: set_timer_action not valid - 6666",
            "function=set_timer_action&agent_user=6666&value=NOTHING",
            "ERROR: set_timer_action not valid - 6666",
        ),
        line(
            "ERROR: user is not allowed to modify campaign settings - 6666|1234",
            TIMER,
            "ERROR: user is not allowed to modify campaign settings - 6666|6666",
            "UPDATE vicidial_users SET modify_campaigns = '0' WHERE user = '6666'",
        ),
        line(
            "SUCCESS: set_timer_action lead updated - 6666|1234|MESSAGE_ONLY|test message|15",
            TIMER,
            "SUCCESS: set_timer_action lead updated - 6666|6666|MESSAGE_ONLY|test message|15",
        ),
    ],
    "st_login_log": [
        line(
            "ERROR: st_login_log not valid - 6666|207",
            "function=st_login_log&vendor_id=207",
            "ERROR: st_login_log not valid - |207",
        ),
        line(
            "ERROR: no user found - 6666",
            "function=st_login_log&value=1&vendor_id=207",
            "ERROR: no user found - 1",
        ),
        line(
            "SUCCESS: st_login_log user found - 6666",
            "function=st_login_log&value=876543&vendor_id=207",
            "SUCCESS: st_login_log user found - 6666",
        ),
    ],
    "st_get_agent_active_lead": [
        line(
            "ERROR: st_get_agent_active_lead not valid - 6666|207",
            "function=st_get_agent_active_lead&vendor_id=207",
            "ERROR: st_get_agent_active_lead not valid - |207",
        ),
        line(
            "ERROR: no user found - 6666",
            "function=st_get_agent_active_lead&value=1&vendor_id=207",
            "ERROR: no user found - 1",
        ),
        line(
            "ERROR: user not logged in - 6666",
            "function=st_get_agent_active_lead&value=CRM1001&vendor_id=207",
            "ERROR: user not logged in - 1001",
        ),
        line(
            "ERROR: no active lead found - 6666",
            "function=st_get_agent_active_lead&value=CRM1000&vendor_id=207",
            "ERROR: no active lead found - 1000",
            IDLE,
        ),
        line(
            "SUCCESS: st_get_agent_active_lead lead found - 6666|7275551212|123456|9987-1234765|SK|WILLIAMS|JUH764AJJJ9",  # noqa: E501 - as documented
            "function=st_get_agent_active_lead&value=CRM1000&vendor_id=207",
            "SUCCESS: st_get_agent_active_lead lead found - 1000|7275551212|1002|VLC1002|SK|WILLIAMS|DEMO",
            "UPDATE vicidial_list SET province = 'SK', security_phrase = 'WILLIAMS'",
        ),
    ],
    "ra_call_control": [
        line(
            "ERROR: ra_call_control not valid - Y0315201639000402027|6666|INGROUPTRANSFER",
            RA,
            "ERROR: ra_call_control not valid - Y0316001655000402028|1028|",
        ),
        line(
            "ERROR: no user found - 6666",
            f"{RA.replace('1028', '9999')}&stage=HANGUP",
            "ERROR: no user found - 9999",
        ),
        line(
            "ERROR: user not logged in - 6666",
            f"{RA.replace('1028', '1001')}&stage=HANGUP",
            "ERROR: user not logged in - 1001",
        ),
        line(
            "ERROR: no active call found - Y0315201639000402027",
            "function=ra_call_control&agent_user=1028&value=Y0315201639000402027&stage=HANGUP",
            "ERROR: no active call found - Y0315201639000402027",
        ),
        line(
            "ERROR: phone_number is not valid - 9",
            f"{RA}&stage=EXTENSIONTRANSFER&phone_number=9",
            "ERROR: phone_number is not valid - 9",
        ),
        line(
            "ERROR: ingroup is not valid - TESTINGROUP",
            f"{RA}&stage=INGROUPTRANSFER&ingroup_choices=TESTINGROUP",
            "ERROR: ingroup is not valid - TESTINGROUP",
        ),
        line("ERROR: stage is not valid - XYZ", f"{RA}&stage=XYZ", "ERROR: stage is not valid - XYZ"),
        line(
            "SUCCESS: ra_call_control transferred - 6666|Y0315201639000402027|SALESLINE",
            f"{RA}&stage=INGROUPTRANSFER&ingroup_choices=SALESLINE",
            "SUCCESS: ra_call_control transferred - 1028|Y0316001655000402028|SALESLINE",
        ),
        line(
            "SUCCESS: ra_call_control hungup - 6666|Y0315201639000402027|HANGUP",
            f"{RA}&stage=HANGUP",
            "SUCCESS: ra_call_control hungup - 1028|Y0316001655000402028|HANGUP",
        ),
    ],
    "send_dtmf": [
        *common("send_dtmf", "value=1"),
        line(
            "ERROR: send_dtmf not valid - QQ|6666",
            "function=send_dtmf&agent_user=1000&value=XX",
            "ERROR: send_dtmf not valid - XX|1000",
        ),
        line(
            "SUCCESS: send_dtmf function set - QQQQ1234SQQQQQ6654P|6666",
            "function=send_dtmf&agent_user=1000&value=QQQQ1234SQQQQQ6654P",
            "SUCCESS: send_dtmf function set - QQQQ1234SQQQQQ6654P|1000",
        ),
    ],
    "park_call": [
        *common("park_call", "value=PARK_CUSTOMER"),
        line(
            "ERROR: park_call not valid - PARK_CUSTOMER|6666",
            "function=park_call&agent_user=1000&value=PARK",
            "ERROR: park_call not valid - PARK|1000",
        ),
        line(
            "ERROR: agent_user does not have a lead on their screen - 6666",
            "function=park_call&agent_user=1000&value=PARK_CUSTOMER",
            "ERROR: agent_user does not have a lead on their screen - 1000",
            IDLE,
        ),
        line(
            "SUCCESS: park_call function set - PARK_CUSTOMER|6666",
            "function=park_call&agent_user=1000&value=PARK_CUSTOMER",
            "SUCCESS: park_call function set - PARK_CUSTOMER|1000",
        ),
    ],
    "transfer_conference": [
        *common("transfer_conference", "value=HANGUP_XFER"),
        line(
            "ERROR: transfer_conference not valid - QQ|6666",
            f"{XFER}&value=QQ",
            "ERROR: transfer_conference not valid - QQ|1000",
        ),
        line(
            "ERROR: value is not valid - XYZFUNCTION|6666",
            f"{XFER}&value=XYZFUNCTION",
            "ERROR: value is not valid - XYZFUNCTION|6666",
        ),
        line(
            "ERROR: ingroup is not valid - XYZINGROUP",
            f"{XFER}&value=LOCAL_CLOSER&ingroup_choices=XYZINGROUP",
            "ERROR: ingroup is not valid - XYZINGROUP",
        ),
        line(
            "ERROR: agent_user does not have a live call - 6666",
            f"{XFER}&value=HANGUP_XFER",
            "ERROR: agent_user does not have a live call - 1000",
            IDLE,
        ),
        line(
            "ERROR: caller_id_number from group_alias is not valid - 6666|TESTING|123",
            f"{XFER}&value=BLIND_TRANSFER&phone_number=8500&group_alias=TESTING",
            "ERROR: caller_id_number from group_alias is not valid - 1000|TESTING|123",
            BAD_ALIAS,
        ),
        line(
            "ERROR: group_alias is not valid - 6666|TESTING",
            f"{XFER}&value=BLIND_TRANSFER&phone_number=8500&group_alias=TESTING",
            "ERROR: group_alias is not valid - 1000|TESTING",
        ),
        line(
            "SUCCESS: transfer_conference function set - LOCAL_CLOSER|SALESLINE||YES|6666",
            f"{XFER}&value=LOCAL_CLOSER&ingroup_choices=SALESLINE&consultative=YES",
            f"SUCCESS: transfer_conference function set - LOCAL_CLOSER|SALESLINE||YES|1000|{CALL}|",
        ),
    ],
    "recording": [
        *common("recording", "value=START"),
        line(
            "ERROR: stop recording error - 6666|||||192.168.1.5|8600051|PAUSED",
            "function=recording&agent_user=1000&value=STOP",
            f"ERROR: stop recording error - 1000|||||{SESSION}",
        ),
        line(
            "SUCCESS: recording function sent - 6666|STOP||||192.168.1.5|8600051|PAUSED",
            "function=recording&agent_user=1000&value=STOP",
            f"SUCCESS: recording function sent - 1000|STOP||||{SESSION}",
            "UPDATE vicidial_live_agents SET external_recording = '121242' WHERE user = '1000'",
        ),
        line(
            "SUCCESS: recording function sent - 6666|START||||192.168.1.5|8600051|PAUSED",
            "function=recording&agent_user=1000&value=START",
            f"SUCCESS: recording function sent - 1000|START||||{SESSION}",
        ),
        line(
            "NOTICE: not recording - 6666|||||192.168.1.5|8600051|PAUSED",
            "function=recording&agent_user=1000&value=STATUS",
            f"NOTICE: not recording - 1000|||||{SESSION}",
        ),
        line(
            "NOTICE: recording active - 6666|121242|20120810-012008__6666_|192.168.1.5|2012-08-10 01:20:10|192.168.1.5"
            "|8600051|PAUSED",
            "function=recording&agent_user=1000&value=STATUS",
            f"NOTICE: recording active - 1000|121242|file|127.0.0.1|2012-08-10 01:20:10|{SESSION}",
            "UPDATE vicidial_live_agents SET external_recording = '121242' WHERE user = '1000'",
            "INSERT INTO recording_log (recording_id, filename, server_ip, start_time)"
            " VALUES (121242, 'file', '127.0.0.1', '2012-08-10 01:20:10')",
        ),
    ],
    "webphone_url": [
        *common("webphone_url", "value=DISPLAY"),
        line(
            "ERROR: webphone_url not valid - 6666|DISPLAY",
            "function=webphone_url&agent_user=1000&value=SHOW",
            "ERROR: webphone_url not valid - 1000|SHOW",
        ),
        line(
            "ERROR: webphone_url error - webphone url is empty - 6666",
            "function=webphone_url&agent_user=1000&value=DISPLAY",
            "ERROR: webphone_url error - webphone url is empty - 1000",
            "UPDATE vicidial_session_data SET webphone_url = ''",
        ),
        line(
            "ERROR: webphone_url error - no session data - 6666",
            "function=webphone_url&agent_user=1000&value=DISPLAY",
            "ERROR: webphone_url error - no session data - 1000",
            "DELETE FROM vicidial_session_data",
        ),
    ],
    "call_agent": [
        *common("call_agent", "value=CALL"),
        line(
            "ERROR: call_agent not valid - 6666|CALL",
            "function=call_agent&agent_user=1000&value=RING",
            "ERROR: call_agent not valid - 1000|RING",
        ),
        line(
            "ERROR: call_agent error - entry is empty - 6666",
            "function=call_agent&agent_user=1000&value=CALL",
            "ERROR: call_agent error - entry is empty - 1000",
            "UPDATE vicidial_session_data SET agent_login_call = ''",
        ),
        line(
            "ERROR: call_agent error - no session data - 6666",
            "function=call_agent&agent_user=1000&value=CALL",
            "ERROR: call_agent error - no session data - 1000",
            "DELETE FROM vicidial_session_data",
        ),
        line(
            "SUCCESS: call_agent function sent - 6666",
            "function=call_agent&agent_user=1000&value=CALL",
            "SUCCESS: call_agent function sent - 1000",
        ),
    ],
}
REPLACED = {
    "ERROR: user is not allowed to change agent in-groups - 6666|TESTING|123": "prints the API user alone",
    "SUCCESS: transfer_conference function set - LOCAL_CLOSER|SALESLINE||YES|6666": "appends the call id and a bar",
}
"""The lines whose number of fields agent-api-rules.md rule 1 changes, and how; above are the longer ones."""
