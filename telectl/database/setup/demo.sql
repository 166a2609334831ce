-- A small installation, so that every EXAMPLE URL of the API document answers as it stands: API user 6666 (password
-- 1234), agents 1000 and 6666 in a call, remote agent 1028 with the document's call, and everything around them.
-- The phones are those of asterisk-test. Loading it again puts it back as it was. Each row bears the demo's mark, or
-- belongs to one that does (telectl/database/setup/demo.py): it goes into no database that has rows of anybody else.
DELETE FROM system_settings;
DELETE FROM vicidial_users;
DELETE FROM vicidial_user_groups;
DELETE FROM servers;
DELETE FROM phones;
DELETE FROM vicidial_campaigns;
DELETE FROM vicidial_statuses;
DELETE FROM vicidial_inbound_groups;
DELETE FROM groups_alias;
DELETE FROM vicidial_lists;
DELETE FROM vicidial_list;
DELETE FROM vicidial_live_agents;
DELETE FROM vicidial_live_inbound_agents;
DELETE FROM vicidial_auto_calls;
DELETE FROM vicidial_session_data;
DELETE FROM vicidial_confbridges;
DELETE FROM vicidial_remote_agents;
DELETE FROM vicidial_log;
DELETE FROM vicidial_closer_log;
DELETE FROM vicidial_agent_log;
DELETE FROM parked_channels;
DELETE FROM vicidial_settings_containers;

INSERT INTO system_settings (version, use_non_latin, vdc_agent_api_active, outbound_cid_any, agent_notifications)
  VALUES ('telectl demo', '1', '1', 'API_ONLY', '1');
INSERT INTO vicidial_settings_containers (container_id, container_notes, container_type, container_entry)
  VALUES ('CONFETTI_SETTINGS', 'telectl demo', 'OTHER', 'duration => 2\nmaxParticleCount => 2350\nparticleSpeed => 2\n');

INSERT INTO vicidial_user_groups (user_group, group_name, allowed_campaigns, admin_viewable_groups)
  VALUES ('ADMIN', 'telectl demo: administrators', ' -ALL-CAMPAIGNS- - -', ' ---ALL--- '), ('AGENTS', 'telectl demo: agents', ' DEMO -', '');
INSERT INTO vicidial_users (user, pass, full_name, user_level, user_group, phone_login, modify_leads, modify_campaigns,
  change_agent_campaign, agentcall_manual, vdc_agent_api_access, custom_three, api_allowed_functions, closer_campaigns)
  VALUES
  ('6666', '1234', 'telectl demo: the API, and an agent', 9, 'ADMIN', 'gs102', '1', '1', '1', '1', '1', '876543', ' ALL_FUNCTIONS ', ''),
  ('1000', '1234', 'telectl demo: Alice', 1, 'AGENTS', 'gs101', '0', '0', '0', '1', '0', 'CRM1000', '', ''),
  ('1001', '1234', 'telectl demo: Bob', 1, 'AGENTS', 'gs103', '0', '0', '0', '1', '0', 'CRM1001', '', ''),
  ('1028', '1234', 'telectl demo: remote agent', 1, 'AGENTS', '', '0', '0', '0', '0', '0', 'CRM1028', '', '');

INSERT INTO servers (server_id, server_description, server_ip, active, asterisk_version, telnet_host, telnet_port,
  ASTmgrUSERNAME, ASTmgrSECRET, ext_context, active_asterisk_server, conf_engine)
  VALUES ('DEMO', 'telectl demo: asterisk-test', '127.0.0.1', 'Y', '22.0.0', 'localhost', 5038, 'telectl', 'telectl', 'default', 'Y',
  'CONFBRIDGE');
INSERT INTO phones (extension, dialplan_number, voicemail_id, server_ip, login, pass, status, active, fullname, protocol,
  ext_context, VICIDIAL_park_on_extension, dtmf_send_extension, outbound_cid)
  VALUES
  ('gs101', '101', '101', '127.0.0.1', 'gs101', 'demo', 'ACTIVE', 'Y', 'telectl demo: Alice', 'PJSIP', 'default', '8301', 'local/8500998@default', '7275550101'),
  ('gs102', '102', '102', '127.0.0.1', 'gs102', 'demo', 'ACTIVE', 'Y', 'telectl demo: the API', 'PJSIP', 'default', '8301', 'local/8500998@default', '7275550102'),
  ('gs103', '103', '103', '127.0.0.1', 'gs103', 'demo', 'ACTIVE', 'Y', 'telectl demo: Bob', 'PJSIP', 'default', '8301', 'local/8500998@default', '7275550103');

INSERT INTO vicidial_campaigns (campaign_id, campaign_name, active, park_ext, park_file_name, auto_dial_level,
  dial_prefix, campaign_cid, dial_method, campaign_allow_inbound, manual_dial_list_id, default_xfer_group, xfer_groups,
  api_manual_dial, manual_preview_dial, alt_number_dialing, agent_lead_search, closer_campaigns, three_way_call_cid,
  omit_phone_code)
  VALUES ('DEMO', 'telectl demo', 'Y', '8301', 'default', '1', '9', '7275550100', 'RATIO', 'Y', 998, 'SALESLINE',
  ' SALESLINE TEST_IN TEST_IN2 TEST_IN3 AGENTDIRECT -', 'QUEUE', 'PREVIEW_AND_SKIP', 'Y', 'LIVE_CALL_INBOUND_AND_MANUAL',
  ' SALESLINE TEST_IN -', 'CAMPAIGN', 'N');
INSERT INTO vicidial_statuses (status, status_name, selectable, human_answered, scheduled_callback, category)
  VALUES ('A', 'Answering machine', 'Y', 'N', 'N', 'telectl demo'), ('B', 'Busy', 'Y', 'N', 'N', 'telectl demo'), ('CALLBK', 'Call back', 'Y', 'Y', 'Y', 'telectl demo'),
  ('DNC', 'Do not call', 'Y', 'Y', 'N', 'telectl demo'), ('N', 'No answer', 'Y', 'N', 'N', 'telectl demo'), ('NI', 'Not interested', 'Y', 'Y', 'N', 'telectl demo'),
  ('SALE', 'Sale made', 'Y', 'Y', 'N', 'telectl demo'), ('XFER', 'Transferred', 'Y', 'Y', 'N', 'telectl demo'), ('RAXFER', 'Remote transfer', 'N', 'Y', 'N', 'telectl demo');
INSERT INTO vicidial_inbound_groups (group_id, group_name, active, default_xfer_group)
  VALUES ('SALESLINE', 'telectl demo: sales', 'Y', 'TEST_IN'), ('TEST_IN', 'telectl demo: test', 'Y', 'SALESLINE'), ('TEST_IN2', 'telectl demo: test 2', 'Y', ''),
  ('TEST_IN3', 'telectl demo: test 3', 'Y', ''), ('TEST_IN4', 'telectl demo: test 4', 'Y', ''), ('FAKE_IN', 'telectl demo: fake', 'Y', ''),
  ('AGENTDIRECT', 'telectl demo: calls to one agent', 'Y', '');
INSERT INTO groups_alias (group_alias_id, group_alias_name, caller_id_number, caller_id_name, active)
  VALUES ('DEFAULT', 'telectl demo', '7275550199', 'Demo', 'Y');
INSERT INTO vicidial_lists (list_id, list_name, campaign_id, active)
  VALUES (101, 'telectl demo: leads', 'DEMO', 'Y'), (998, 'telectl demo: dialled by hand', 'DEMO', 'Y');
INSERT INTO vicidial_list (lead_id, entry_date, status, user, vendor_lead_code, source_id, list_id, phone_code,
  phone_number, first_name, last_name, address1, city, state, postal_code, country_code, gender, alt_phone, email, owner)
  VALUES
  (1002, NOW(), 'INCALL', '1000', 'VLC1002', 'DEMO', 101, '1', '7275551212', 'Carol', 'Customer', '1 Main St', 'Tampa', 'FL', '33601', 'USA', 'F', '7275552002', 'carol@example.com', 'telectl demo'),
  (1003, NOW(), 'INCALL', '6666', 'VLC1003', 'DEMO', 101, '1', '7275551003', 'Dan', 'Daring', '2 High St', 'Tampa', 'FL', '33602', 'USA', 'M', '', '', 'telectl demo'),
  (402028, NOW(), 'INCALL', '1028', 'VLC4020', 'DEMO', 101, '1', '7275551028', 'Rita', 'Remote', '3 Far Rd', 'Tampa', 'FL', '33603', 'USA', 'F', '', '', 'telectl demo');

INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, lead_id, campaign_id, uniqueid,
  callerid, channel, random_id, last_call_time, last_call_finish, closer_campaigns, call_server_ip, user_level,
  last_state_change, agent_log_id)
  VALUES
  ('1000', '127.0.0.1', '9600051', 'PJSIP/gs101', 'INCALL', 1002, 'DEMO', '1795449600.12', 'V1123000000000001002', 'PJSIP/customer1-00000001', 11000001, NOW(), NOW(), ' SALESLINE TEST_IN -', '127.0.0.1', 1, NOW(), 1),
  ('6666', '127.0.0.1', '9600052', 'PJSIP/gs102', 'INCALL', 1003, 'DEMO', '1795449600.13', 'Y1123000000000001003', 'PJSIP/customer2-00000002', 11000002, NOW(), NOW(), ' SALESLINE -', '127.0.0.1', 9, NOW(), 2);
INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, lead_id, campaign_id, uniqueid,
  callerid, channel, random_id, last_call_time, last_call_finish, closer_campaigns, call_server_ip, user_level,
  last_state_change, ra_user, ra_extension)
  VALUES ('1028', '127.0.0.1', '8600059', 'R/7275558888', 'INCALL', 402028, 'DEMO', '1795449600.28', 'Y0316001655000402028', 'PJSIP/customer3-00000003', 11000003, NOW(), NOW(), ' SALESLINE -', '127.0.0.1', 1, NOW(), '1028', 'PJSIP/7275558888');
INSERT INTO vicidial_live_inbound_agents (user, group_id, group_weight, calls_today, last_call_time, last_call_finish,
  last_call_time_filtered, last_call_finish_filtered)
  VALUES ('1000', 'SALESLINE', 0, 0, NOW(), NOW(), NOW(), NOW()), ('1000', 'TEST_IN', 0, 0, NOW(), NOW(), NOW(), NOW());
INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, uniqueid, callerid, channel, phone_code,
  phone_number, call_time, call_type, stage)
  VALUES
  ('127.0.0.1', 'DEMO', 'XFER', 1002, '1795449600.12', 'V1123000000000001002', 'PJSIP/customer1-00000001', '1', '7275551212', NOW(), 'OUT', 'XFER-1'),
  ('127.0.0.1', 'SALESLINE', 'CLOSER', 1003, '1795449600.13', 'Y1123000000000001003', 'PJSIP/customer2-00000002', '1', '7275551003', NOW(), 'IN', 'CLOSER-1'),
  ('127.0.0.1', 'SALESLINE', 'CLOSER', 402028, '1795449600.28', 'Y0316001655000402028', 'PJSIP/customer3-00000003', '1', '7275551028', NOW(), 'IN', 'CLOSER-1');
INSERT INTO vicidial_session_data (session_name, user, campaign_id, server_ip, conf_exten, extension, login_time,
  webphone_url, agent_login_call)
  VALUES
  ('demo_1000', '1000', 'DEMO', '127.0.0.1', '9600051', 'PJSIP/gs101', NOW(), 'https://phone.example.com/?phone=gs101', '||2026-11-23 08:00:00|NEW|N|127.0.0.1||Originate|S2611230800009600051|Channel: PJSIP/gs101|Context: default|Exten: 29600051|Priority: 1|Callerid: "S2611230800009600051" <7275550100>|||||'),
  ('demo_6666', '6666', 'DEMO', '127.0.0.1', '9600052', 'PJSIP/gs102', NOW(), 'https://phone.example.com/?phone=gs102', '||2026-11-23 08:00:00|NEW|N|127.0.0.1||Originate|S2611230800009600052|Channel: PJSIP/gs102|Context: default|Exten: 29600052|Priority: 1|Callerid: "S2611230800009600052" <7275550100>|||||');
INSERT INTO vicidial_confbridges (conf_exten, server_ip, extension)
  VALUES (9600051, '127.0.0.1', 'PJSIP/gs101'), (9600052, '127.0.0.1', 'PJSIP/gs102'), (9600053, '127.0.0.1', ''),
  (9600054, '127.0.0.1', ''), (9600055, '127.0.0.1', ''), (9600056, '127.0.0.1', ''), (9600057, '127.0.0.1', '');
INSERT INTO vicidial_remote_agents (user_start, number_of_lines, server_ip, conf_exten, status, campaign_id, closer_campaigns)
  VALUES ('1028', 1, '127.0.0.1', '7275558888', 'ACTIVE', 'DEMO', ' SALESLINE -');
INSERT INTO vicidial_log (uniqueid, lead_id, list_id, campaign_id, call_date, start_epoch, status, phone_code, phone_number, user)
  VALUES ('1795449600.12', 1002, 101, 'DEMO', NOW(), UNIX_TIMESTAMP(), 'INCALL', '1', '7275551212', '1000');
INSERT INTO vicidial_closer_log (lead_id, list_id, campaign_id, call_date, start_epoch, status, phone_code, phone_number, user, uniqueid)
  VALUES (1003, 101, 'SALESLINE', NOW(), UNIX_TIMESTAMP(), 'INCALL', '1', '7275551003', '6666', '1795449600.13'),
  (402028, 101, 'SALESLINE', NOW(), UNIX_TIMESTAMP(), 'INCALL', '1', '7275551028', '1028', '1795449600.28');
INSERT INTO vicidial_agent_log (agent_log_id, user, server_ip, event_time, lead_id, campaign_id, pause_epoch, pause_sec, wait_epoch, wait_sec, talk_epoch, user_group, uniqueid)
  VALUES (1, '1000', '127.0.0.1', NOW(), 1002, 'DEMO', UNIX_TIMESTAMP(), 0, UNIX_TIMESTAMP(), 0, UNIX_TIMESTAMP(), 'AGENTS', '1795449600.12'),
  (2, '6666', '127.0.0.1', NOW(), 1003, 'DEMO', UNIX_TIMESTAMP(), 0, UNIX_TIMESTAMP(), 0, UNIX_TIMESTAMP(), 'ADMIN', '1795449600.13')
;
