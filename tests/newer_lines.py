"""Lines that the document of 2012-09-13 does not have and no recorded case shows: today's functions, and our own."""

from __future__ import annotations

from document_lines import DIAL, IDLE, XFER, Line, line

NO_RIGHT = "UPDATE vicidial_users SET agentcall_manual = '0' WHERE user = '1000'"
INBOUND = "UPDATE vicidial_live_agents SET callerid = 'Y1123000000000001002' WHERE user = '1000'"
PAUSED = "UPDATE vicidial_live_agents SET status = 'PAUSED' WHERE user = '1000'"
OPEN_OFFER = (
    "INSERT INTO vicidial_3way_press_live (user, call_date, status, caller_code, call_3way_id)"
    " VALUES ('1000', NOW(), 'NEW', 'DC1', 'DC2')"
)


def nobody(function: str, rest: str, *fields: str) -> Line:
    """Return the line for an alt_user that nobody has."""
    answer = f"ERROR: no user found - {'|'.join((*fields, 'NOBODY'))}"
    template = f"ERROR: no user found - {'|'.join((*('<stage>' for _ in fields), '<alt_user>'))}"
    return line(template, f"function={function}&alt_user=NOBODY&{rest}", answer)


def logged_out(function: str, rest: str, *fields: str) -> Line:
    """Return the line for an agent that is not logged in."""
    answer = f"ERROR: agent_user is not logged in - {'|'.join((*fields, '1001'))}"
    template = f"ERROR: agent_user is not logged in - {'|'.join((*('<stage>' for _ in fields), 'A'))}"
    return line(template, f"function={function}&agent_user=1001&{rest}", answer)


NEWER_LINES: dict[str, list[Line]] = {
    "external_dial": [
        line(
            "ERROR: external_dial error - vtiger system not available - A",
            f"{DIAL.replace('7275551212', '9912345')}&vtiger_callback=YES",
            "ERROR: external_dial error - vtiger system not available - 1000",
            "UPDATE system_settings SET enable_vtiger_integration = '1', vtiger_server_ip = '127.0.0.1:1',"
            " vtiger_dbname = 'none'",
        ),
        line(
            "ERROR: external_dial error - value not allowed - A|<parameter>",
            f"{DIAL}&vendor_id=a%21b",
            "ERROR: external_dial error - value not allowed - 1000|vendor_id",
        ),
    ],
    "transfer_conference": [
        line(
            "ERROR: agent_user has previous active 3-way calls - A|<number>|0|<md_check>",
            f"{XFER}&value=DIAL_WITH_CUSTOMER&phone_number=8500&multi_dial_phones=7275551111,7275552222&md_check=YES",
            "ERROR: agent_user has previous active 3-way calls - 1000|1|0|YES",
            OPEN_OFFER,
        ),
    ],
    "webphone_url": [
        line(
            "ERROR: webphone_url error - webphone url is no web address - A",
            "function=webphone_url&agent_user=1000&value=LAUNCH",
            "ERROR: webphone_url error - webphone url is no web address - 1000",
            "UPDATE vicidial_session_data SET webphone_url = 'javascript:alert(1)'",
        ),
    ],
    "audio_playback": [
        nobody("audio_playback", "stage=STOP", "STOP"),
        logged_out("audio_playback", "stage=STOP", "STOP"),
        line(
            "ERROR: audio_playback error - entry is empty - <stage>|A",
            "function=audio_playback&agent_user=1000&stage=STOP",
            "ERROR: audio_playback error - entry is empty - STOP|1000",
            "UPDATE vicidial_live_agents SET conf_exten = '' WHERE user = '1000'",
        ),
    ],
    "recording": [
        line(
            "ERROR: recording error - value not allowed - A|stage",
            "function=recording&agent_user=1000&value=START&stage=a%0Ab",
            "ERROR: recording error - value not allowed - 1000|stage",
        )
    ],
    "stereo_recording": [
        line(
            "ERROR: stereo_recording error - not supported by this build - A",
            f"function=stereo_recording&agent_user=1000&value={value}",
            "ERROR: stereo_recording error - not supported by this build - 1000",
        )
        for value in ("BEGIN", "END", "STATUS", "START", "STOP", "")
    ],
    "pause_code": [nobody("pause_code", "value=BREAK")],
    "preview_dial_action": [
        nobody("preview_dial_action", "value=SKIP"),
        line(
            "ERROR: preview dialing not allowed on this campaign - A|<campaign>|<setting>",
            "function=preview_dial_action&agent_user=1000&value=SKIP",
            "ERROR: preview dialing not allowed on this campaign - 1000|DEMO|DISABLED",
            "UPDATE vicidial_campaigns SET manual_preview_dial = 'DISABLED'",
        ),
        line(
            "ERROR: agent_user is not allowed to place manual dial calls - A",
            "function=preview_dial_action&agent_user=1000&value=SKIP",
            "ERROR: agent_user is not allowed to place manual dial calls - 1000",
            PAUSED,
            NO_RIGHT,
        ),
    ],
    "switch_lead": [
        nobody("switch_lead", "lead_id=1003"),
        logged_out("switch_lead", "lead_id=1003"),
        line(
            "ERROR: campaign not found - A|<campaign>",
            "function=switch_lead&agent_user=1000&lead_id=1003",
            "ERROR: campaign not found - 1000|GONE",
            INBOUND,
            "UPDATE vicidial_live_agents SET campaign_id = 'GONE' WHERE user = '1000'",
        ),
        line(
            "ERROR: campaign does not allow inbound lead search - A|<campaign>",
            "function=switch_lead&agent_user=1000&lead_id=1003",
            "ERROR: campaign does not allow inbound lead search - 1000|DEMO",
            INBOUND,
            "UPDATE vicidial_campaigns SET agent_lead_search = 'DISABLED'",
        ),
    ],
    "vm_message": [nobody("vm_message", "value=one"), logged_out("vm_message", "value=one")],
    "calls_in_queue_count": [nobody("calls_in_queue_count", "value=DISPLAY")],
    "refresh_panel": [
        line("ERROR: agent_user not valid - ", "function=refresh_panel&formreload=1", "ERROR: agent_user not valid - "),
        line(
            "SUCCESS: refresh_panel request sent - U|A|<rows>|<panels>|",
            "function=refresh_panel&agent_user=1000&callbacksReload=1&FormReload=",
            "SUCCESS: refresh_panel request sent - 6666|1000|1|formreload,callbacksreload|",
        ),
    ],
    "update_fields": [
        line(
            "ERROR: no fields have been defined - A",
            "function=update_fields&agent_user=1000&callbacksreload=1",
            "ERROR: no fields have been defined - 1000",
        ),
        line(
            "SUCCESS: update_fields lead updated - U|A|<lead_id>|",
            "function=update_fields&agent_user=1000&callbacksreload=1&scriptReload=1",
            "SUCCESS: update_fields lead updated - 6666|1000|1002|",
        ),
    ],
    "force_fronter_leave_3way": [nobody("force_fronter_leave_3way", "value=LOCAL_ONLY")],
    "force_fronter_audio_stop": [
        nobody("force_fronter_audio_stop", "value=LOCAL_ONLY"),
        logged_out("force_fronter_audio_stop", "value=LOCAL_ONLY"),
        line(
            "ERROR: agent_user is not on a phone call - A",
            "function=force_fronter_audio_stop&agent_user=1000&value=LOCAL_ONLY",
            "ERROR: agent_user is not on a phone call - 1000",
            IDLE,
        ),
    ],
}
