-- The tables of VICIdial that telectl reads or writes, with VICIdial's names, types, engines and indexes,
-- and telectl's own (telectl_*). `telectl db init` creates the ones that are missing, adds to telectl's own what is
-- new here, and alters none of VICIdial's.

-- calls, one per channel
CREATE TABLE IF NOT EXISTS `call_log` (
  `uniqueid` varchar(20) NOT NULL,
  `channel` varchar(100) DEFAULT NULL,
  `channel_group` varchar(30) DEFAULT NULL,
  `type` varchar(10) DEFAULT NULL,
  `server_ip` varchar(15) DEFAULT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `number_dialed` varchar(15) DEFAULT NULL,
  `caller_code` varchar(20) DEFAULT NULL,
  `start_time` datetime DEFAULT NULL,
  `start_epoch` int(10) DEFAULT NULL,
  `end_time` datetime DEFAULT NULL,
  `end_epoch` int(10) DEFAULT NULL,
  `length_in_sec` int(10) DEFAULT NULL,
  `length_in_min` double(8,2) DEFAULT NULL,
  PRIMARY KEY (`uniqueid`),
  KEY `caller_code` (`caller_code`),
  KEY `channel` (`channel`),
  KEY `end_time` (`end_time`),
  KEY `server_ip` (`server_ip`),
  KEY `start_time` (`start_time`),
  KEY `time` (`start_time`, `end_time`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `conferences` (
  `conf_exten` int(7) unsigned NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `extension` varchar(100) DEFAULT NULL,
  UNIQUE KEY `extenserver` (`conf_exten`, `server_ip`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `groups_alias` (
  `group_alias_id` varchar(30) NOT NULL,
  `group_alias_name` varchar(50) DEFAULT NULL,
  `caller_id_number` varchar(20) DEFAULT NULL,
  `caller_id_name` varchar(20) DEFAULT NULL,
  `active` enum('Y','N') DEFAULT 'N',
  `user_group` varchar(20) DEFAULT '---ALL---',
  PRIMARY KEY (`group_alias_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `live_channels` (
  `channel` varchar(100) NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `channel_group` varchar(30) DEFAULT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `channel_data` varchar(100) DEFAULT NULL
) ENGINE=MEMORY DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `live_sip_channels` (
  `channel` varchar(100) NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `channel_group` varchar(30) DEFAULT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `channel_data` varchar(100) DEFAULT NULL
) ENGINE=MEMORY DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- every park and its end
CREATE TABLE IF NOT EXISTS `park_log` (
  `uniqueid` varchar(20) DEFAULT '',
  `status` varchar(10) DEFAULT NULL,
  `channel` varchar(100) DEFAULT NULL,
  `channel_group` varchar(30) DEFAULT NULL,
  `server_ip` varchar(15) DEFAULT NULL,
  `parked_time` datetime DEFAULT NULL,
  `grab_time` datetime DEFAULT NULL,
  `hangup_time` datetime DEFAULT NULL,
  `parked_sec` int(10) DEFAULT NULL,
  `talked_sec` int(10) DEFAULT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `lead_id` int(9) unsigned DEFAULT 0,
  `campaign_id` varchar(20) DEFAULT '',
  KEY `campaign_id` (`campaign_id`),
  KEY `lead_id` (`lead_id`),
  KEY `parked_time` (`parked_time`),
  KEY `uniqueid_park` (`uniqueid`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- parties that are parked now
CREATE TABLE IF NOT EXISTS `parked_channels` (
  `channel` varchar(100) NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `channel_group` varchar(30) DEFAULT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `parked_by` varchar(100) DEFAULT NULL,
  `parked_time` datetime DEFAULT NULL
) ENGINE=MEMORY DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- parties that were parked within the last hours
CREATE TABLE IF NOT EXISTS `parked_channels_recent` (
  `channel` varchar(100) NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `channel_group` varchar(30) DEFAULT NULL,
  `park_end_time` datetime DEFAULT NULL,
  KEY `channel_group` (`channel_group`),
  KEY `park_end_time` (`park_end_time`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- agents' phones
CREATE TABLE IF NOT EXISTS `phones` (
  `extension` varchar(100) DEFAULT NULL,
  `dialplan_number` varchar(20) DEFAULT NULL,
  `voicemail_id` varchar(10) DEFAULT NULL,
  `server_ip` varchar(15) DEFAULT NULL,
  `login` varchar(15) DEFAULT NULL,
  `pass` varchar(100) DEFAULT NULL,
  `status` varchar(10) DEFAULT NULL,
  `active` enum('Y','N') DEFAULT NULL,
  `fullname` varchar(50) DEFAULT NULL,
  `protocol` enum('SIP','PJSIP','Zap','IAX2','EXTERNAL') DEFAULT 'SIP',
  `ASTmgrUSERNAME` varchar(20) DEFAULT 'cron',
  `ASTmgrSECRET` varchar(20) DEFAULT '1234',
  `VICIDIAL_park_on_extension` varchar(10) DEFAULT '8301',
  `voicemail_dump_exten` varchar(20) DEFAULT '85026666666666',
  `ext_context` varchar(20) DEFAULT 'default',
  `dtmf_send_extension` varchar(100) DEFAULT 'local/8500998@default',
  `VDstop_rec_after_each_call` enum('0','1') DEFAULT '1',
  `outbound_cid` varchar(20) DEFAULT NULL,
  `email` varchar(100) DEFAULT NULL,
  `phone_ring_timeout` smallint(3) DEFAULT 60,
  `conf_secret` varchar(100) DEFAULT 'test',
  `is_webphone` enum('Y','N','Y_API_LAUNCH') DEFAULT 'N',
  `on_hook_agent` enum('Y','N') DEFAULT 'N',
  `user_group` varchar(20) DEFAULT '---ALL---',
  UNIQUE KEY `extenserver` (`extension`, `server_ip`),
  KEY `dialplan_number` (`dialplan_number`),
  KEY `server_ip` (`server_ip`),
  KEY `voicemail_id` (`voicemail_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `queue_log` (
  `partition` varchar(4) DEFAULT NULL,
  `time_id` int(11) DEFAULT NULL,
  `call_id` varchar(30) DEFAULT NULL,
  `queue` varchar(30) DEFAULT NULL,
  `agent` varchar(30) DEFAULT NULL,
  `verb` varchar(30) DEFAULT NULL,
  `data1` varchar(100) DEFAULT NULL,
  `data2` varchar(100) DEFAULT NULL,
  `data3` varchar(100) DEFAULT NULL,
  `data4` varchar(100) DEFAULT NULL,
  `data5` varchar(100) DEFAULT NULL,
  `serverid` varchar(10) DEFAULT NULL,
  `unique_row_count` int(11) NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`unique_row_count`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `recording_log` (
  `recording_id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `channel` varchar(100) DEFAULT NULL,
  `server_ip` varchar(15) DEFAULT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `start_time` datetime DEFAULT NULL,
  `start_epoch` int(10) unsigned DEFAULT NULL,
  `end_time` datetime DEFAULT NULL,
  `end_epoch` int(10) unsigned DEFAULT NULL,
  `length_in_sec` mediumint(8) unsigned DEFAULT NULL,
  `length_in_min` double(8,2) DEFAULT NULL,
  `filename` varchar(100) DEFAULT NULL,
  `location` varchar(255) DEFAULT NULL,
  `lead_id` int(9) unsigned DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `vicidial_id` varchar(20) DEFAULT NULL,
  PRIMARY KEY (`recording_id`),
  KEY `filename` (`filename`),
  KEY `lead_id` (`lead_id`),
  KEY `user` (`user`),
  KEY `vicidial_id` (`vicidial_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- the Asterisk servers
CREATE TABLE IF NOT EXISTS `servers` (
  `server_id` varchar(10) NOT NULL,
  `server_description` varchar(255) DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `active` enum('Y','N') DEFAULT NULL,
  `asterisk_version` varchar(20) DEFAULT '1.4.21.2',
  `telnet_host` varchar(20) NOT NULL DEFAULT 'localhost',
  `telnet_port` int(5) NOT NULL DEFAULT 5038,
  `ASTmgrUSERNAME` varchar(20) NOT NULL DEFAULT 'cron',
  `ASTmgrSECRET` varchar(20) NOT NULL DEFAULT '1234',
  `ASTmgrUSERNAMEsend` varchar(20) NOT NULL DEFAULT 'sendcron',
  `voicemail_dump_exten` varchar(20) NOT NULL DEFAULT '85026666666666',
  `ext_context` varchar(20) NOT NULL DEFAULT 'default',
  `active_asterisk_server` enum('Y','N') DEFAULT 'Y',
  `vicidial_recording_limit` mediumint(8) DEFAULT 60,
  `conf_secret` varchar(100) DEFAULT 'test',
  `user_group` varchar(20) DEFAULT '---ALL---',
  `routing_prefix` varchar(10) DEFAULT '13',
  `conf_engine` enum('MEETME','CONFBRIDGE') DEFAULT 'MEETME',
  `conf_update_interval` smallint(6) NOT NULL DEFAULT 60,
  UNIQUE KEY `server_id` (`server_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- one row: the whole system
CREATE TABLE IF NOT EXISTS `system_settings` (
  `version` varchar(50) DEFAULT NULL,
  `use_non_latin` enum('0','1') DEFAULT '0',
  `webroot_writable` enum('0','1') DEFAULT '1',
  `enable_queuemetrics_logging` enum('0','1') DEFAULT '0',
  `queuemetrics_server_ip` varchar(15) DEFAULT NULL,
  `queuemetrics_dbname` varchar(50) DEFAULT NULL,
  `queuemetrics_login` varchar(50) DEFAULT NULL,
  `queuemetrics_pass` varchar(50) DEFAULT NULL,
  `queuemetrics_log_id` varchar(10) DEFAULT 'VIC',
  `vdc_agent_api_active` enum('0','1') DEFAULT '0',
  `enable_vtiger_integration` enum('0','1') DEFAULT '0',
  `vtiger_server_ip` varchar(15) DEFAULT NULL,
  `vtiger_dbname` varchar(50) DEFAULT NULL,
  `vtiger_login` varchar(50) DEFAULT NULL,
  `vtiger_pass` varchar(50) DEFAULT NULL,
  `webphone_url` varchar(255) DEFAULT '',
  `hosted_settings` varchar(100) DEFAULT '',
  `queuemetrics_pe_phone_append` enum('0','1') DEFAULT '0',
  `queuemetrics_socket` varchar(20) DEFAULT 'NONE',
  `queuemetrics_socket_url` text DEFAULT NULL,
  `pass_hash_enabled` enum('0','1') DEFAULT '0',
  `pass_key` varchar(100) DEFAULT '',
  `pass_cost` tinyint(2) unsigned DEFAULT 2,
  `queuemetrics_pause_type` enum('0','1') DEFAULT '0',
  `enable_languages` enum('0','1') DEFAULT '0',
  `language_method` varchar(20) DEFAULT 'DISABLED',
  `meetme_enter_login_filename` varchar(255) DEFAULT '',
  `meetme_enter_leave3way_filename` varchar(255) DEFAULT '',
  `agent_debug_logging` varchar(20) DEFAULT '0',
  `allow_ip_lists` enum('0','1','2') DEFAULT '0',
  `system_ip_blacklist` varchar(30) DEFAULT '',
  `outbound_cid_any` enum('DISABLED','API_ONLY') DEFAULT 'DISABLED',
  `allow_web_debug` enum('0','1','2','3','4','5','6') DEFAULT '0',
  `agent_notifications` enum('0','1','2','3','4','5','6','7') DEFAULT '0'
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `user_call_log` (
  `user_call_log_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `user` varchar(20) DEFAULT NULL,
  `call_date` datetime DEFAULT NULL,
  `call_type` varchar(20) DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `phone_number` varchar(20) DEFAULT NULL,
  `number_dialed` varchar(30) DEFAULT NULL,
  `lead_id` int(9) unsigned DEFAULT NULL,
  `callerid` varchar(20) DEFAULT NULL,
  `group_alias_id` varchar(30) DEFAULT NULL,
  `preset_name` varchar(40) DEFAULT '',
  `campaign_id` varchar(20) DEFAULT '',
  `customer_hungup` enum('BEFORE_CALL','DURING_CALL','') DEFAULT '',
  `customer_hungup_seconds` smallint(5) unsigned DEFAULT 0,
  `xfer_hungup` varchar(20) DEFAULT '',
  `xfer_hungup_datetime` datetime DEFAULT NULL,
  PRIMARY KEY (`user_call_log_id`),
  KEY `call_date` (`call_date`),
  KEY `group_alias_id` (`group_alias_id`),
  KEY `user` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_3way_press_live` (
  `call_date` datetime(6) DEFAULT NULL,
  `caller_code` varchar(30) NOT NULL,
  `call_3way_id` varchar(30) NOT NULL,
  `lead_id` int(9) unsigned DEFAULT NULL,
  `phone_number` varchar(18) DEFAULT NULL,
  `dialstring` varchar(28) DEFAULT NULL,
  `outbound_cid` varchar(20) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `session_id` varchar(20) DEFAULT NULL,
  `server_ip` varchar(15) DEFAULT NULL,
  `session_id_3way` varchar(20) DEFAULT '',
  `status` varchar(40) DEFAULT NULL,
  `call_channel` varchar(100) DEFAULT '',
  `agent_heartbeat` datetime DEFAULT NULL,
  KEY `caller_code` (`caller_code`),
  KEY `call_3way_id` (`call_3way_id`),
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_3way_press_multi` (
  `user` varchar(20) NOT NULL,
  `call_date` datetime DEFAULT NULL,
  `phone_numbers` varchar(255) DEFAULT '',
  `phone_numbers_ct` tinyint(3) DEFAULT 0,
  `status` varchar(40) DEFAULT '',
  PRIMARY KEY (`user`),
  KEY `call_date` (`call_date`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_admin_log` (
  `admin_log_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `event_date` datetime NOT NULL,
  `user` varchar(20) NOT NULL,
  `ip_address` varchar(15) NOT NULL,
  `event_section` varchar(30) NOT NULL,
  `event_type` enum('ADD','COPY','LOAD','RESET','MODIFY','DELETE','SEARCH','LOGIN','LOGOUT','CLEAR','OVERRIDE','EXPORT','OTHER') DEFAULT 'OTHER',
  `record_id` varchar(50) NOT NULL,
  `event_code` varchar(255) NOT NULL,
  `event_sql` mediumtext DEFAULT NULL,
  `event_notes` mediumtext DEFAULT NULL,
  `user_group` varchar(20) DEFAULT '---ALL---',
  PRIMARY KEY (`admin_log_id`),
  KEY `event_section` (`event_section`),
  KEY `record_id` (`record_id`),
  KEY `user` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- what agents did, in seconds
CREATE TABLE IF NOT EXISTS `vicidial_agent_log` (
  `agent_log_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `user` varchar(20) DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `event_time` datetime DEFAULT NULL,
  `lead_id` int(9) unsigned DEFAULT NULL,
  `campaign_id` varchar(8) DEFAULT NULL,
  `pause_epoch` int(10) unsigned DEFAULT NULL,
  `pause_sec` smallint(5) unsigned DEFAULT 0,
  `wait_epoch` int(10) unsigned DEFAULT NULL,
  `wait_sec` smallint(5) unsigned DEFAULT 0,
  `talk_epoch` int(10) unsigned DEFAULT NULL,
  `talk_sec` smallint(5) unsigned DEFAULT 0,
  `dispo_epoch` int(10) unsigned DEFAULT NULL,
  `dispo_sec` smallint(5) unsigned DEFAULT 0,
  `status` varchar(6) DEFAULT NULL,
  `user_group` varchar(20) DEFAULT NULL,
  `comments` varchar(20) DEFAULT NULL,
  `sub_status` varchar(6) DEFAULT NULL,
  `dead_epoch` int(10) unsigned DEFAULT NULL,
  `dead_sec` smallint(5) unsigned DEFAULT 0,
  `processed` enum('Y','N') DEFAULT 'N',
  `uniqueid` varchar(20) DEFAULT '',
  `pause_type` enum('UNDEFINED','SYSTEM','AGENT','API','ADMIN') DEFAULT 'UNDEFINED',
  PRIMARY KEY (`agent_log_id`),
  KEY `event_time` (`event_time`),
  KEY `lead_id` (`lead_id`),
  KEY `time_user` (`event_time`, `user`),
  KEY `user` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_agent_notifications` (
  `notification_id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `entry_date` datetime DEFAULT current_timestamp(),
  `recipient` varchar(20) DEFAULT NULL,
  `recipient_type` enum('USER','USER_GROUP','CAMPAIGN','ALT_DISPLAY') DEFAULT NULL,
  `notification_date` datetime DEFAULT current_timestamp(),
  `notification_retry` enum('Y','N') DEFAULT 'N',
  `notification_text` text DEFAULT NULL,
  `text_size` tinyint(3) unsigned DEFAULT 12,
  `text_font` varchar(30) DEFAULT 'Arial',
  `text_weight` varchar(30) DEFAULT 'bold',
  `text_color` varchar(15) DEFAULT NULL,
  `show_confetti` enum('Y','N') DEFAULT 'N',
  `confetti_options` varchar(15) DEFAULT NULL,
  `notification_status` enum('QUEUED','READY','SENT','DEAD') DEFAULT NULL,
  PRIMARY KEY (`notification_id`),
  KEY `notification_date` (`notification_date`),
  KEY `recipient` (`recipient`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_agent_vmm_overrides` (
  `call_date` datetime DEFAULT NULL,
  `caller_code` varchar(30) DEFAULT '',
  `lead_id` int(9) unsigned DEFAULT NULL,
  `user` varchar(20) DEFAULT '',
  `vm_message` varchar(255) DEFAULT '',
  KEY `caller_code` (`caller_code`),
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_ajax_log` (
  `user` varchar(20) DEFAULT '',
  `start_time` datetime NOT NULL,
  `db_time` datetime NOT NULL,
  `run_time` varchar(20) DEFAULT '0',
  `php_script` varchar(40) NOT NULL,
  `action` varchar(100) DEFAULT '',
  `lead_id` int(10) unsigned DEFAULT 0,
  `stage` varchar(100) DEFAULT '',
  `session_name` varchar(40) DEFAULT '',
  `last_sql` text DEFAULT NULL,
  KEY `ajax_dbtime_key` (`db_time`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- one row per line of an API answer
CREATE TABLE IF NOT EXISTS `vicidial_api_log` (
  `api_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `user` varchar(20) NOT NULL,
  `api_date` datetime DEFAULT NULL,
  `api_script` varchar(10) DEFAULT NULL,
  `function` varchar(20) NOT NULL,
  `agent_user` varchar(20) DEFAULT NULL,
  `value` varchar(255) DEFAULT NULL,
  `result` varchar(10) DEFAULT NULL,
  `result_reason` varchar(255) DEFAULT NULL,
  `source` varchar(20) DEFAULT NULL,
  `data` text DEFAULT NULL,
  `run_time` varchar(20) DEFAULT '0',
  `webserver` smallint(5) unsigned DEFAULT 0,
  `api_url` int(9) unsigned DEFAULT 0,
  PRIMARY KEY (`api_id`),
  KEY `api_date` (`api_date`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- the request of each API log row
CREATE TABLE IF NOT EXISTS `vicidial_api_urls` (
  `api_id` int(9) unsigned NOT NULL,
  `api_date` datetime DEFAULT NULL,
  `remote_ip` varchar(50) DEFAULT NULL,
  `url` mediumtext DEFAULT NULL,
  PRIMARY KEY (`api_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- calls that are dialled, waiting or with an agent
CREATE TABLE IF NOT EXISTS `vicidial_auto_calls` (
  `auto_call_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `server_ip` varchar(15) NOT NULL,
  `campaign_id` varchar(20) DEFAULT NULL,
  `status` enum('SENT','RINGING','LIVE','XFER','PAUSED','CLOSER','BUSY','DISCONNECT','IVR') DEFAULT 'PAUSED',
  `lead_id` int(9) unsigned NOT NULL,
  `uniqueid` varchar(20) DEFAULT NULL,
  `callerid` varchar(20) DEFAULT NULL,
  `channel` varchar(100) DEFAULT NULL,
  `phone_code` varchar(10) DEFAULT NULL,
  `phone_number` varchar(18) DEFAULT NULL,
  `call_time` datetime DEFAULT NULL,
  `call_type` enum('IN','OUT','OUTBALANCE') DEFAULT 'OUT',
  `stage` varchar(20) DEFAULT 'START',
  `last_update_time` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  `alt_dial` varchar(6) DEFAULT 'NONE',
  `queue_priority` tinyint(2) DEFAULT 0,
  `agent_only` varchar(20) DEFAULT '',
  `agent_grab` varchar(20) DEFAULT '',
  `queue_position` smallint(4) unsigned DEFAULT 1,
  `extension` varchar(100) DEFAULT '',
  `agent_grab_extension` varchar(100) DEFAULT '',
  PRIMARY KEY (`auto_call_id`),
  KEY `callerid` (`callerid`),
  KEY `call_time` (`call_time`),
  KEY `last_update_time` (`last_update_time`),
  KEY `uniqueid` (`uniqueid`)
) ENGINE=MEMORY DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_campaign_dnc` (
  `phone_number` varchar(18) NOT NULL,
  `campaign_id` varchar(8) NOT NULL,
  UNIQUE KEY `phonecamp` (`phone_number`, `campaign_id`),
  KEY `phone_number` (`phone_number`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_campaign_statuses` (
  `status` varchar(6) NOT NULL,
  `status_name` varchar(30) DEFAULT NULL,
  `selectable` enum('Y','N') DEFAULT NULL,
  `campaign_id` varchar(20) DEFAULT NULL,
  `human_answered` enum('Y','N') DEFAULT 'N',
  `category` varchar(20) DEFAULT 'UNDEFINED',
  `sale` enum('Y','N') DEFAULT 'N',
  `dnc` enum('Y','N') DEFAULT 'N',
  `customer_contact` enum('Y','N') DEFAULT 'N',
  `not_interested` enum('Y','N') DEFAULT 'N',
  `unworkable` enum('Y','N') DEFAULT 'N',
  `scheduled_callback` enum('Y','N') DEFAULT 'N',
  `completed` enum('Y','N') DEFAULT 'N',
  `min_sec` int(5) unsigned DEFAULT 0,
  `max_sec` int(5) unsigned DEFAULT 0,
  `answering_machine` enum('Y','N') DEFAULT 'N',
  UNIQUE KEY `vicidial_campaign_statuses_key` (`status`, `campaign_id`),
  KEY `campaign_id` (`campaign_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- campaigns
CREATE TABLE IF NOT EXISTS `vicidial_campaigns` (
  `campaign_id` varchar(8) NOT NULL,
  `campaign_name` varchar(40) DEFAULT NULL,
  `active` enum('Y','N') DEFAULT NULL,
  `park_ext` varchar(10) DEFAULT NULL,
  `park_file_name` varchar(100) DEFAULT 'default',
  `auto_dial_level` varchar(6) DEFAULT '0',
  `voicemail_ext` varchar(10) DEFAULT NULL,
  `dial_prefix` varchar(20) DEFAULT '9',
  `campaign_cid` varchar(20) DEFAULT '0000000000',
  `campaign_rec_exten` varchar(20) DEFAULT '8309',
  `am_message_exten` varchar(100) DEFAULT 'vm-goodbye',
  `alt_number_dialing` enum('N','Y','SELECTED','SELECTED_TIMER_ALT','SELECTED_TIMER_ADDR3','UNSELECTED','UNSELECTED_TIMER_ALT','UNSELECTED_TIMER_ADDR3') DEFAULT 'N',
  `closer_campaigns` text DEFAULT NULL,
  `omit_phone_code` enum('Y','N') DEFAULT 'N',
  `dial_method` enum('MANUAL','RATIO','ADAPT_HARD_LIMIT','ADAPT_TAPERED','ADAPT_AVERAGE','INBOUND_MAN','SHARED_RATIO','SHARED_ADAPT_HARD_LIMIT','SHARED_ADAPT_TAPERED','SHARED_ADAPT_AVERAGE') DEFAULT 'MANUAL',
  `campaign_allow_inbound` enum('Y','N') DEFAULT 'N',
  `manual_dial_list_id` bigint(14) unsigned DEFAULT 998,
  `default_xfer_group` varchar(20) DEFAULT '---NONE---',
  `xfer_groups` text DEFAULT NULL,
  `three_way_call_cid` enum('CAMPAIGN','CUSTOMER','AGENT_PHONE','AGENT_CHOOSE','CUSTOM_CID') DEFAULT 'CAMPAIGN',
  `three_way_dial_prefix` varchar(20) DEFAULT '',
  `manual_dial_prefix` varchar(20) DEFAULT '',
  `ivr_park_call` enum('DISABLED','ENABLED','ENABLED_PARK_ONLY','ENABLED_BUTTON_HIDDEN') DEFAULT 'DISABLED',
  `ivr_park_call_agi` text DEFAULT NULL,
  `manual_preview_dial` enum('DISABLED','PREVIEW_AND_SKIP','PREVIEW_ONLY') DEFAULT 'PREVIEW_AND_SKIP',
  `api_manual_dial` enum('STANDARD','QUEUE','QUEUE_AND_AUTOCALL') DEFAULT 'STANDARD',
  `agent_lead_search` enum('ENABLED','LIVE_CALL_INBOUND','LIVE_CALL_INBOUND_AND_MANUAL','DISABLED') DEFAULT 'DISABLED',
  `queuemetrics_phone_environment` varchar(20) DEFAULT '',
  `user_group` varchar(20) DEFAULT '---ALL---',
  `use_other_campaign_dnc` varchar(8) DEFAULT '',
  `manual_dial_override_field` enum('ENABLED','DISABLED') DEFAULT 'ENABLED',
  `manual_dial_timeout` varchar(3) DEFAULT '',
  `three_way_record_stop` enum('Y','N') DEFAULT 'N',
  `hangup_xfer_record_start` enum('Y','N') DEFAULT 'N',
  `vmm_daily_limit` tinyint(3) unsigned DEFAULT 0,
  `leave_3way_start_recording` enum('DISABLED','ALL_CALLS','ALL_BUT_EXCEPTIONS','ONLY_EXCEPTIONS') DEFAULT 'DISABLED',
  `transfer_no_dispo` enum('DISABLED','EXTERNAL_ONLY','LOCAL_ONLY','LEAVE3WAY_ONLY','LOCAL_AND_EXTERNAL','LOCAL_AND_LEAVE3WAY','LEAVE3WAY_AND_EXTERNAL','LOCAL_AND_EXTERNAL_AND_LEAVE3WAY') DEFAULT 'DISABLED',
  `show_confetti` enum('DISABLED','SALES','CALLBACKS','SALES_AND_CALLBACKS') DEFAULT 'DISABLED',
  `custom_three` text DEFAULT NULL,
  `custom_four` text DEFAULT NULL,
  `leave_3way_stop_recording` enum('DISABLED','ALL_CALLS') DEFAULT 'DISABLED',
  PRIMARY KEY (`campaign_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_carrier_log` (
  `uniqueid` varchar(20) NOT NULL,
  `call_date` datetime DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `lead_id` int(9) unsigned DEFAULT NULL,
  `hangup_cause` tinyint(1) unsigned DEFAULT 0,
  `dialstatus` varchar(16) DEFAULT NULL,
  `channel` varchar(100) DEFAULT NULL,
  `dial_time` smallint(3) unsigned DEFAULT 0,
  `answered_time` smallint(4) unsigned DEFAULT 0,
  `sip_hangup_cause` smallint(4) unsigned DEFAULT 0,
  `sip_hangup_reason` varchar(50) DEFAULT '',
  `caller_code` varchar(30) DEFAULT '',
  PRIMARY KEY (`uniqueid`),
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_ccc_log` (
  `call_date` datetime DEFAULT NULL,
  `remote_call_id` varchar(30) DEFAULT '',
  `local_call_id` varchar(30) DEFAULT '',
  `lead_id` int(9) unsigned DEFAULT NULL,
  `uniqueid` varchar(20) DEFAULT '',
  `channel` varchar(100) DEFAULT '',
  `server_ip` varchar(60) NOT NULL,
  `list_id` bigint(14) unsigned DEFAULT NULL,
  `container_id` varchar(40) DEFAULT '',
  `remote_lead_id` int(9) unsigned DEFAULT NULL,
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`),
  KEY `local_call_id` (`local_call_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- inbound calls, one row per in-group
CREATE TABLE IF NOT EXISTS `vicidial_closer_log` (
  `closecallid` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `lead_id` int(9) unsigned NOT NULL,
  `list_id` bigint(14) unsigned DEFAULT NULL,
  `campaign_id` varchar(20) DEFAULT NULL,
  `call_date` datetime DEFAULT NULL,
  `start_epoch` int(10) unsigned DEFAULT NULL,
  `end_epoch` int(10) unsigned DEFAULT NULL,
  `length_in_sec` int(10) DEFAULT NULL,
  `status` varchar(6) DEFAULT NULL,
  `phone_code` varchar(10) DEFAULT NULL,
  `phone_number` varchar(18) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `comments` varchar(255) DEFAULT NULL,
  `processed` enum('Y','N') DEFAULT NULL,
  `queue_seconds` decimal(7,2) DEFAULT 0.00,
  `user_group` varchar(20) DEFAULT NULL,
  `xfercallid` int(9) unsigned DEFAULT NULL,
  `term_reason` enum('CALLER','AGENT','QUEUETIMEOUT','ABANDON','AFTERHOURS','HOLDRECALLXFER','HOLDTIME','NOAGENT','NONE','MAXCALLS','ACFILTER','CLOSETIME') DEFAULT 'NONE',
  `uniqueid` varchar(20) NOT NULL DEFAULT '',
  `agent_only` varchar(20) DEFAULT '',
  `queue_position` smallint(4) unsigned DEFAULT 1,
  `called_count` smallint(5) unsigned DEFAULT 0,
  PRIMARY KEY (`closecallid`),
  KEY `call_date` (`call_date`),
  KEY `campaign_id` (`campaign_id`),
  KEY `date_user` (`call_date`, `user`),
  KEY `lead_id` (`lead_id`),
  KEY `phone_number` (`phone_number`),
  KEY `uniqueid` (`uniqueid`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_confbridges` (
  `conf_exten` int(7) unsigned NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `leave_3way` enum('0','1') DEFAULT '0',
  `leave_3way_datetime` datetime DEFAULT NULL,
  UNIQUE KEY `conf_exten` (`conf_exten`, `server_ip`),
  UNIQUE KEY `serverconf` (`server_ip`, `conf_exten`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_conferences` (
  `conf_exten` int(7) unsigned NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `leave_3way` enum('0','1') DEFAULT '0',
  `leave_3way_datetime` datetime DEFAULT NULL,
  UNIQUE KEY `serverconf` (`server_ip`, `conf_exten`),
  UNIQUE KEY `vextenserver` (`conf_exten`, `server_ip`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_dial_cid_log` (
  `caller_code` varchar(30) NOT NULL,
  `call_date` datetime DEFAULT NULL,
  `call_type` enum('OUT','OUTBALANCE','MANUAL','OVERRIDE','3WAY') DEFAULT 'OUT',
  `call_alt` varchar(20) DEFAULT '',
  `outbound_cid` varchar(20) DEFAULT '',
  `outbound_cid_type` varchar(20) DEFAULT '',
  KEY `caller_code` (`caller_code`),
  KEY `call_date` (`call_date`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_dial_log` (
  `caller_code` varchar(30) NOT NULL,
  `lead_id` int(9) unsigned DEFAULT 0,
  `server_ip` varchar(15) DEFAULT NULL,
  `call_date` datetime DEFAULT NULL,
  `extension` varchar(100) DEFAULT '',
  `channel` varchar(100) DEFAULT '',
  `context` varchar(100) DEFAULT '',
  `timeout` mediumint(7) unsigned DEFAULT 0,
  `outbound_cid` varchar(100) DEFAULT '',
  `sip_hangup_cause` smallint(4) unsigned DEFAULT 0,
  `sip_hangup_reason` varchar(50) DEFAULT '',
  `uniqueid` varchar(20) DEFAULT '',
  KEY `caller_code` (`caller_code`),
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_dnc` (
  `phone_number` varchar(18) NOT NULL,
  PRIMARY KEY (`phone_number`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_email_list` (
  `email_row_id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `lead_id` int(9) unsigned DEFAULT NULL,
  `email_date` datetime DEFAULT NULL,
  `protocol` enum('POP3','IMAP','NONE') DEFAULT 'IMAP',
  `email_to` varchar(255) DEFAULT NULL,
  `email_from` varchar(255) DEFAULT NULL,
  `email_from_name` varchar(255) DEFAULT NULL,
  `subject` text DEFAULT NULL,
  `mime_type` text DEFAULT NULL,
  `content_type` text DEFAULT NULL,
  `content_transfer_encoding` text DEFAULT NULL,
  `x_mailer` text DEFAULT NULL,
  `sender_ip` varchar(25) DEFAULT NULL,
  `message` text DEFAULT NULL,
  `email_account_id` varchar(20) DEFAULT NULL,
  `group_id` varchar(20) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `status` varchar(10) DEFAULT NULL,
  `direction` enum('INBOUND','OUTBOUND') DEFAULT 'INBOUND',
  `uniqueid` varchar(20) DEFAULT NULL,
  `xfercallid` int(9) unsigned DEFAULT NULL,
  PRIMARY KEY (`email_row_id`),
  KEY `email_list_account_key` (`email_account_id`),
  KEY `email_list_user_key` (`user`),
  KEY `vicidial_email_group_key` (`group_id`),
  KEY `vicidial_email_lead_id_key` (`lead_id`),
  KEY `vicidial_email_xfer_key` (`xfercallid`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_inbound_group_agents` (
  `user` varchar(20) DEFAULT NULL,
  `group_id` varchar(20) DEFAULT NULL,
  `group_rank` tinyint(1) DEFAULT 0,
  `group_weight` tinyint(1) DEFAULT 0,
  `calls_today` smallint(5) unsigned DEFAULT 0,
  `group_web_vars` varchar(255) DEFAULT '',
  `group_grade` tinyint(2) unsigned DEFAULT 1,
  `group_type` varchar(1) DEFAULT 'C',
  `calls_today_filtered` smallint(5) unsigned DEFAULT 0,
  `daily_limit` smallint(5) DEFAULT -1,
  UNIQUE KEY `viga_user_group_id` (`user`, `group_id`),
  KEY `group_id` (`group_id`),
  KEY `user` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- in-groups
CREATE TABLE IF NOT EXISTS `vicidial_inbound_groups` (
  `group_id` varchar(20) NOT NULL,
  `group_name` varchar(30) DEFAULT NULL,
  `active` enum('Y','N') DEFAULT NULL,
  `voicemail_ext` varchar(10) DEFAULT NULL,
  `default_xfer_group` varchar(20) DEFAULT '---NONE---',
  `user_group` varchar(20) DEFAULT '---ALL---',
  `park_file_name` varchar(100) DEFAULT '',
  `custom_three` text DEFAULT NULL,
  `custom_four` text DEFAULT NULL,
  PRIMARY KEY (`group_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;
-- every VICIdial has it: calls for one agent wait here
INSERT INTO `vicidial_inbound_groups` (`group_id`, `group_name`, `active`)
  VALUES ('AGENTDIRECT', 'Calls to one agent', 'Y');

CREATE TABLE IF NOT EXISTS `vicidial_ip_list_entries` (
  `ip_list_id` varchar(30) NOT NULL,
  `ip_address` varchar(45) NOT NULL,
  KEY `ip_address` (`ip_address`),
  KEY `ip_list_id` (`ip_list_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_language_phrases` (
  `phrase_id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `language_id` varchar(100) NOT NULL,
  `english_text` varchar(10000) DEFAULT '',
  `translated_text` text DEFAULT NULL,
  `source` varchar(20) DEFAULT '',
  `modify_date` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  PRIMARY KEY (`phrase_id`),
  KEY `english_text` (`english_text`),
  KEY `language_id` (`language_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_lead_messages` (
  `lead_id` int(9) unsigned NOT NULL,
  `call_date` datetime DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `played` tinyint(3) DEFAULT 0,
  `message_entry` mediumtext DEFAULT NULL,
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- leads
CREATE TABLE IF NOT EXISTS `vicidial_list` (
  `lead_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `entry_date` datetime DEFAULT NULL,
  `modify_date` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  `status` varchar(6) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `vendor_lead_code` varchar(20) DEFAULT NULL,
  `source_id` varchar(50) DEFAULT NULL,
  `list_id` bigint(14) unsigned NOT NULL DEFAULT 0,
  `gmt_offset_now` decimal(4,2) DEFAULT 0.00,
  `called_since_last_reset` enum('Y','N','Y1','Y2','Y3','Y4','Y5','Y6','Y7','Y8','Y9','Y10','D') DEFAULT 'N',
  `phone_code` varchar(10) DEFAULT NULL,
  `phone_number` varchar(18) NOT NULL,
  `title` varchar(4) DEFAULT NULL,
  `first_name` varchar(30) DEFAULT NULL,
  `middle_initial` varchar(1) DEFAULT NULL,
  `last_name` varchar(30) DEFAULT NULL,
  `address1` varchar(100) DEFAULT NULL,
  `address2` varchar(100) DEFAULT NULL,
  `address3` varchar(100) DEFAULT NULL,
  `city` varchar(50) DEFAULT NULL,
  `state` varchar(2) DEFAULT NULL,
  `province` varchar(50) DEFAULT NULL,
  `postal_code` varchar(10) DEFAULT NULL,
  `country_code` varchar(3) DEFAULT NULL,
  `gender` enum('M','F','U') DEFAULT 'U',
  `date_of_birth` date DEFAULT NULL,
  `alt_phone` varchar(12) DEFAULT NULL,
  `email` varchar(70) DEFAULT NULL,
  `security_phrase` varchar(100) DEFAULT NULL,
  `comments` varchar(255) DEFAULT NULL,
  `called_count` smallint(5) unsigned DEFAULT 0,
  `last_local_call_time` datetime DEFAULT NULL,
  `rank` smallint(5) NOT NULL DEFAULT 0,
  `owner` varchar(20) DEFAULT '',
  `entry_list_id` bigint(14) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (`lead_id`),
  KEY `called_since_last_reset` (`called_since_last_reset`),
  KEY `gmt_offset_now` (`gmt_offset_now`),
  KEY `last_local_call_time` (`last_local_call_time`),
  KEY `list_id` (`list_id`),
  KEY `list_phone` (`list_id`, `phone_number`),
  KEY `list_status` (`list_id`, `status`),
  KEY `owner` (`owner`),
  KEY `phone_list` (`phone_number`, `list_id`),
  KEY `phone_number` (`phone_number`),
  KEY `postal_code` (`postal_code`),
  KEY `rank` (`rank`),
  KEY `status` (`status`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_lists` (
  `list_id` bigint(14) unsigned NOT NULL,
  `list_name` varchar(30) DEFAULT NULL,
  `campaign_id` varchar(8) DEFAULT NULL,
  `active` enum('Y','N') DEFAULT NULL,
  `list_description` varchar(255) DEFAULT NULL,
  `list_changedate` datetime DEFAULT NULL,
  `list_lastcalldate` datetime DEFAULT NULL,
  `reset_time` varchar(100) DEFAULT '',
  `agent_script_override` varchar(20) DEFAULT '',
  `campaign_cid_override` varchar(20) DEFAULT '',
  `am_message_exten_override` varchar(100) DEFAULT '',
  `drop_inbound_group_override` varchar(20) DEFAULT '',
  `xferconf_a_number` varchar(50) DEFAULT '',
  `xferconf_b_number` varchar(50) DEFAULT '',
  `xferconf_c_number` varchar(50) DEFAULT '',
  `xferconf_d_number` varchar(50) DEFAULT '',
  `xferconf_e_number` varchar(50) DEFAULT '',
  `web_form_address` text DEFAULT NULL,
  `web_form_address_two` text DEFAULT NULL,
  `time_zone_setting` enum('COUNTRY_AND_AREA_CODE','POSTAL_CODE','NANPA_PREFIX','OWNER_TIME_ZONE_CODE') DEFAULT 'COUNTRY_AND_AREA_CODE',
  `inventory_report` enum('Y','N') DEFAULT 'Y',
  `expiration_date` date DEFAULT '2099-12-31',
  `na_call_url` text DEFAULT NULL,
  `local_call_time` varchar(10) NOT NULL DEFAULT 'campaign',
  `web_form_address_three` text DEFAULT NULL,
  `status_group_id` varchar(20) DEFAULT '',
  `user_new_lead_limit` smallint(5) DEFAULT -1,
  `inbound_list_script_override` varchar(20) DEFAULT NULL,
  `default_xfer_group` varchar(20) DEFAULT '---NONE---',
  `daily_reset_limit` smallint(5) DEFAULT -1,
  `resets_today` smallint(5) unsigned DEFAULT 0,
  `auto_active_list_rank` smallint(5) DEFAULT 0,
  `cache_count` int(9) unsigned DEFAULT 0,
  `cache_count_new` int(9) unsigned DEFAULT 0,
  `cache_count_dialable_new` int(9) unsigned DEFAULT 0,
  `cache_date` datetime DEFAULT NULL,
  `inbound_drop_voicemail` varchar(20) DEFAULT NULL,
  `inbound_after_hours_voicemail` varchar(20) DEFAULT NULL,
  `qc_scorecard_id` varchar(20) DEFAULT '',
  `qc_statuses_id` varchar(20) DEFAULT '',
  `qc_web_form_address` varchar(255) DEFAULT '',
  `auto_alt_threshold` tinyint(3) DEFAULT -1,
  `cid_group_id` varchar(20) DEFAULT '---DISABLED---',
  `dial_prefix` varchar(20) DEFAULT '',
  `weekday_resets_container` varchar(40) DEFAULT 'DISABLED',
  PRIMARY KEY (`list_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- agents that are logged in
CREATE TABLE IF NOT EXISTS `vicidial_live_agents` (
  `live_agent_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `user` varchar(20) DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `conf_exten` varchar(20) DEFAULT NULL,
  `extension` varchar(100) DEFAULT NULL,
  `status` enum('READY','QUEUE','INCALL','PAUSED','CLOSER','MQUEUE') DEFAULT 'PAUSED',
  `lead_id` int(9) unsigned NOT NULL,
  `campaign_id` varchar(8) DEFAULT NULL,
  `uniqueid` varchar(20) DEFAULT NULL,
  `callerid` varchar(20) DEFAULT NULL,
  `channel` varchar(100) DEFAULT NULL,
  `random_id` int(8) unsigned DEFAULT NULL,
  `last_call_time` datetime DEFAULT NULL,
  `last_update_time` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  `last_call_finish` datetime DEFAULT NULL,
  `closer_campaigns` text DEFAULT NULL,
  `call_server_ip` varchar(15) DEFAULT NULL,
  `user_level` tinyint(3) unsigned DEFAULT 0,
  `comments` varchar(20) DEFAULT NULL,
  `calls_today` smallint(5) unsigned DEFAULT 0,
  `external_hangup` varchar(1) DEFAULT '',
  `external_status` varchar(255) DEFAULT '',
  `external_pause` varchar(20) DEFAULT '',
  `external_dial` varchar(100) DEFAULT '',
  `external_ingroups` text DEFAULT NULL,
  `external_blended` enum('0','1') DEFAULT '0',
  `external_igb_set_user` varchar(20) DEFAULT '',
  `external_update_fields` enum('0','1') DEFAULT '0',
  `external_update_fields_data` varchar(255) DEFAULT '',
  `external_timer_action` varchar(20) DEFAULT '',
  `external_timer_action_message` varchar(255) DEFAULT '',
  `external_timer_action_seconds` mediumint(7) DEFAULT -1,
  `agent_log_id` int(9) unsigned DEFAULT 0,
  `last_state_change` datetime DEFAULT NULL,
  `manager_ingroup_set` enum('Y','N','SET') DEFAULT 'N',
  `ra_user` varchar(20) DEFAULT '',
  `ra_extension` varchar(100) DEFAULT '',
  `external_dtmf` varchar(100) DEFAULT '',
  `external_transferconf` varchar(120) DEFAULT '',
  `external_park` varchar(40) DEFAULT '',
  `on_hook_agent` enum('Y','N') DEFAULT 'N',
  `ring_callerid` varchar(20) DEFAULT '',
  `last_inbound_call_finish` datetime DEFAULT NULL,
  `external_recording` varchar(20) DEFAULT '',
  `external_pause_code` varchar(6) DEFAULT '',
  `pause_code` varchar(6) DEFAULT '',
  `preview_lead_id` int(9) unsigned DEFAULT 0,
  `external_lead_id` int(9) unsigned DEFAULT 0,
  PRIMARY KEY (`live_agent_id`),
  KEY `last_call_finish` (`last_call_finish`),
  KEY `last_call_time` (`last_call_time`),
  KEY `last_update_time` (`last_update_time`),
  KEY `random_id` (`random_id`),
  KEY `vlali` (`lead_id`),
  KEY `vlaus` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_live_inbound_agents` (
  `user` varchar(20) DEFAULT NULL,
  `group_id` varchar(20) DEFAULT NULL,
  `group_weight` tinyint(1) DEFAULT 0,
  `calls_today` smallint(5) unsigned DEFAULT 0,
  `last_call_time` datetime DEFAULT NULL,
  `last_call_finish` datetime DEFAULT NULL,
  `group_grade` tinyint(2) unsigned DEFAULT 1,
  `calls_today_filtered` smallint(5) unsigned DEFAULT 0,
  `last_call_time_filtered` datetime DEFAULT NULL,
  `last_call_finish_filtered` datetime DEFAULT NULL,
  `daily_limit` smallint(5) DEFAULT -1,
  UNIQUE KEY `vlia_user_group_id` (`user`, `group_id`),
  KEY `group_id` (`group_id`),
  KEY `group_weight` (`group_weight`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- outbound calls
CREATE TABLE IF NOT EXISTS `vicidial_log` (
  `uniqueid` varchar(20) NOT NULL,
  `lead_id` int(9) unsigned NOT NULL,
  `list_id` bigint(14) unsigned DEFAULT NULL,
  `campaign_id` varchar(8) DEFAULT NULL,
  `call_date` datetime DEFAULT NULL,
  `start_epoch` int(10) unsigned DEFAULT NULL,
  `end_epoch` int(10) unsigned DEFAULT NULL,
  `length_in_sec` int(10) DEFAULT NULL,
  `status` varchar(6) DEFAULT NULL,
  `phone_code` varchar(10) DEFAULT NULL,
  `phone_number` varchar(18) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `comments` varchar(255) DEFAULT NULL,
  `processed` enum('Y','N') DEFAULT NULL,
  `user_group` varchar(20) DEFAULT NULL,
  `term_reason` enum('CALLER','AGENT','QUEUETIMEOUT','ABANDON','AFTERHOURS','NONE','SYSTEM') DEFAULT 'NONE',
  `alt_dial` varchar(6) DEFAULT 'NONE',
  `called_count` smallint(5) unsigned DEFAULT 0,
  PRIMARY KEY (`uniqueid`),
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_log_extended` (
  `uniqueid` varchar(50) NOT NULL,
  `server_ip` varchar(15) DEFAULT NULL,
  `call_date` datetime DEFAULT NULL,
  `lead_id` int(9) unsigned DEFAULT NULL,
  `caller_code` varchar(30) NOT NULL,
  `custom_call_id` varchar(100) DEFAULT NULL,
  `start_url_processed` enum('N','Y','U') DEFAULT 'N',
  `dispo_url_processed` enum('N','Y','U','XY','XU') DEFAULT 'N',
  `multi_alt_processed` enum('N','Y','U') DEFAULT 'N',
  `noanswer_processed` enum('N','Y','U') DEFAULT 'N',
  PRIMARY KEY (`uniqueid`),
  KEY `call_date` (`call_date`),
  KEY `vlecc` (`caller_code`),
  KEY `vle_lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_long_extensions` (
  `le_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `extension` varchar(1000) DEFAULT NULL,
  `call_date` datetime DEFAULT '2001-01-01 00:00:01',
  `source` varchar(20) DEFAULT '',
  PRIMARY KEY (`le_id`),
  KEY `call_date` (`call_date`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- VICIdial's queue of manager actions
CREATE TABLE IF NOT EXISTS `vicidial_manager` (
  `man_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `uniqueid` varchar(20) DEFAULT NULL,
  `entry_date` datetime DEFAULT NULL,
  `status` enum('NEW','QUEUE','SENT','UPDATED','DEAD') DEFAULT NULL,
  `response` enum('Y','N') DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `channel` varchar(100) DEFAULT NULL,
  `action` varchar(20) DEFAULT NULL,
  `callerid` varchar(20) DEFAULT NULL,
  `cmd_line_b` varchar(100) DEFAULT NULL,
  `cmd_line_c` varchar(100) DEFAULT NULL,
  `cmd_line_d` varchar(200) DEFAULT NULL,
  `cmd_line_e` varchar(100) DEFAULT NULL,
  `cmd_line_f` varchar(100) DEFAULT NULL,
  `cmd_line_g` varchar(100) DEFAULT NULL,
  `cmd_line_h` varchar(100) DEFAULT NULL,
  `cmd_line_i` varchar(50) DEFAULT NULL,
  `cmd_line_j` varchar(50) DEFAULT NULL,
  `cmd_line_k` varchar(100) DEFAULT NULL,
  PRIMARY KEY (`man_id`),
  KEY `callerid` (`callerid`),
  KEY `serverstat` (`server_ip`, `status`),
  KEY `uniqueid` (`uniqueid`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_manual_dial_queue` (
  `mdq_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `user` varchar(20) DEFAULT NULL,
  `phone_number` varchar(100) DEFAULT '',
  `entry_time` datetime DEFAULT NULL,
  `status` enum('READY','QUEUE') DEFAULT 'READY',
  `external_dial` varchar(100) DEFAULT '',
  PRIMARY KEY (`mdq_id`),
  KEY `user` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_remote_agent_log` (
  `uniqueid` varchar(20) DEFAULT '',
  `callerid` varchar(20) DEFAULT '',
  `ra_user` varchar(20) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `call_time` datetime DEFAULT NULL,
  `extension` varchar(100) DEFAULT '',
  `lead_id` int(9) unsigned DEFAULT 0,
  `phone_number` varchar(18) DEFAULT '',
  `campaign_id` varchar(20) DEFAULT '',
  `processed` enum('Y','N') DEFAULT 'N',
  `comment` varchar(255) DEFAULT '',
  KEY `call_time` (`call_time`),
  KEY `extension` (`extension`),
  KEY `phone_number` (`phone_number`),
  KEY `ra_user` (`ra_user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_remote_agents` (
  `remote_agent_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `user_start` varchar(20) DEFAULT NULL,
  `number_of_lines` tinyint(3) unsigned DEFAULT 1,
  `server_ip` varchar(15) NOT NULL,
  `conf_exten` varchar(20) DEFAULT NULL,
  `status` enum('ACTIVE','INACTIVE') DEFAULT 'INACTIVE',
  `campaign_id` varchar(8) DEFAULT NULL,
  `closer_campaigns` text DEFAULT NULL,
  `extension_group` varchar(20) DEFAULT 'NONE',
  `extension_group_order` varchar(20) DEFAULT 'NONE',
  `on_hook_agent` enum('Y','N') DEFAULT 'N',
  `on_hook_ring_time` smallint(5) DEFAULT 15,
  PRIMARY KEY (`remote_agent_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- what a screen kept of its login
CREATE TABLE IF NOT EXISTS `vicidial_session_data` (
  `session_name` varchar(40) NOT NULL,
  `user` varchar(20) DEFAULT NULL,
  `campaign_id` varchar(8) DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `conf_exten` varchar(20) DEFAULT NULL,
  `extension` varchar(100) NOT NULL,
  `login_time` datetime NOT NULL,
  `webphone_url` text DEFAULT NULL,
  `agent_login_call` text DEFAULT NULL,
  UNIQUE KEY `session_name` (`session_name`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_sessions_recent` (
  `lead_id` int(9) unsigned DEFAULT NULL,
  `server_ip` varchar(15) NOT NULL,
  `call_date` datetime DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `campaign_id` varchar(20) DEFAULT NULL,
  `conf_exten` varchar(20) DEFAULT NULL,
  `call_type` varchar(1) DEFAULT '',
  KEY `call_date` (`call_date`),
  KEY `lead_id` (`lead_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_settings_containers` (
  `container_id` varchar(40) NOT NULL,
  `container_notes` varchar(255) DEFAULT '',
  `container_type` varchar(40) DEFAULT 'OTHER',
  `user_group` varchar(20) DEFAULT '---ALL---',
  `container_entry` mediumtext DEFAULT NULL,
  PRIMARY KEY (`container_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_statuses` (
  `status` varchar(6) NOT NULL,
  `status_name` varchar(30) DEFAULT NULL,
  `selectable` enum('Y','N') DEFAULT 'N',
  `human_answered` enum('Y','N') DEFAULT 'N',
  `category` varchar(20) DEFAULT 'UNDEFINED',
  `sale` enum('Y','N') DEFAULT 'N',
  `dnc` enum('Y','N') DEFAULT 'N',
  `customer_contact` enum('Y','N') DEFAULT 'N',
  `not_interested` enum('Y','N') DEFAULT 'N',
  `unworkable` enum('Y','N') DEFAULT 'N',
  `scheduled_callback` enum('Y','N') DEFAULT 'N',
  `completed` enum('Y','N') DEFAULT 'N',
  `min_sec` int(5) unsigned DEFAULT 0,
  `max_sec` int(5) unsigned DEFAULT 0,
  `answering_machine` enum('Y','N') DEFAULT 'N',
  PRIMARY KEY (`status`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_url_log` (
  `url_log_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `uniqueid` varchar(50) NOT NULL,
  `url_date` datetime DEFAULT NULL,
  `url_type` varchar(10) DEFAULT '',
  `response_sec` smallint(5) unsigned DEFAULT 0,
  `url` text DEFAULT NULL,
  `url_response` text DEFAULT NULL,
  PRIMARY KEY (`url_log_id`),
  KEY `uniqueid` (`uniqueid`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_urls` (
  `url_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `url` varchar(250) DEFAULT '',
  PRIMARY KEY (`url_id`),
  UNIQUE KEY `url` (`url`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_user_dial_log` (
  `caller_code` varchar(30) NOT NULL,
  `user` varchar(20) DEFAULT '',
  `call_date` datetime DEFAULT NULL,
  `call_type` varchar(10) DEFAULT '',
  `notes` varchar(100) DEFAULT '',
  KEY `caller_code` (`caller_code`),
  KEY `call_date` (`call_date`),
  KEY `user` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_user_groups` (
  `user_group` varchar(20) NOT NULL,
  `group_name` varchar(40) NOT NULL,
  `allowed_campaigns` text DEFAULT NULL,
  `qc_allowed_campaigns` text DEFAULT NULL,
  `qc_allowed_inbound_groups` text DEFAULT NULL,
  `group_shifts` text DEFAULT NULL,
  `forced_timeclock_login` enum('Y','N','ADMIN_EXEMPT') DEFAULT 'N',
  `shift_enforcement` enum('OFF','START','ALL','ADMIN_EXEMPT') DEFAULT 'OFF',
  `agent_status_viewable_groups` text DEFAULT NULL,
  `agent_status_view_time` enum('Y','N') DEFAULT 'N',
  `agent_call_log_view` enum('Y','N') DEFAULT 'N',
  `agent_xfer_consultative` enum('Y','N') DEFAULT 'Y',
  `agent_xfer_dial_override` enum('Y','N') DEFAULT 'Y',
  `agent_xfer_vm_transfer` enum('Y','N') DEFAULT 'Y',
  `agent_xfer_blind_transfer` enum('Y','N') DEFAULT 'Y',
  `agent_xfer_dial_with_customer` enum('Y','N') DEFAULT 'Y',
  `agent_xfer_park_customer_dial` enum('Y','N') DEFAULT 'Y',
  `agent_fullscreen` enum('Y','N') DEFAULT 'N',
  `allowed_reports` varchar(4000) DEFAULT 'ALL REPORTS',
  `webphone_url_override` varchar(255) DEFAULT '',
  `webphone_systemkey_override` varchar(100) DEFAULT '',
  `webphone_dialpad_override` enum('DISABLED','Y','N','TOGGLE','TOGGLE_OFF') DEFAULT 'DISABLED',
  `admin_viewable_groups` text DEFAULT NULL,
  `admin_viewable_call_times` text DEFAULT NULL,
  `allowed_custom_reports` varchar(2000) DEFAULT '',
  `agent_allowed_chat_groups` text DEFAULT NULL,
  `agent_xfer_park_3way` enum('Y','N') DEFAULT 'Y',
  `admin_ip_list` varchar(30) DEFAULT '',
  `agent_ip_list` varchar(30) DEFAULT '',
  `api_ip_list` varchar(30) DEFAULT '',
  `webphone_layout` varchar(255) DEFAULT '',
  `allowed_queue_groups` text DEFAULT NULL,
  `reports_header_override` enum('DISABLED','LOGO_ONLY_SMALL','LOGO_ONLY_LARGE','ALT_1','ALT_2','ALT_3','ALT_4') DEFAULT 'DISABLED',
  `admin_home_url` varchar(255) DEFAULT '',
  `script_id` varchar(20) DEFAULT ''
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- agents and API users
CREATE TABLE IF NOT EXISTS `vicidial_users` (
  `user_id` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `user` varchar(20) NOT NULL,
  `pass` varchar(100) NOT NULL,
  `full_name` varchar(50) DEFAULT NULL,
  `user_level` tinyint(3) unsigned DEFAULT 1,
  `user_group` varchar(20) DEFAULT NULL,
  `phone_login` varchar(20) DEFAULT NULL,
  `modify_leads` enum('0','1','2','3','4','5','6') DEFAULT '0',
  `change_agent_campaign` enum('0','1') DEFAULT '0',
  `closer_campaigns` text DEFAULT NULL,
  `agentcall_manual` enum('0','1','2','3','4','5') DEFAULT '0',
  `closer_default_blended` enum('0','1') DEFAULT '0',
  `modify_campaigns` enum('0','1') DEFAULT '0',
  `vdc_agent_api_access` enum('0','1') DEFAULT '0',
  `active` enum('Y','N') DEFAULT 'Y',
  `email` varchar(100) DEFAULT '',
  `custom_three` varchar(100) DEFAULT '',
  `custom_four` varchar(100) DEFAULT '',
  `voicemail_id` varchar(10) DEFAULT NULL,
  `failed_login_count` tinyint(3) unsigned DEFAULT 0,
  `last_login_date` datetime DEFAULT '2001-01-01 00:00:01',
  `last_ip` varchar(15) DEFAULT '',
  `pass_hash` varchar(500) DEFAULT '',
  `selected_language` varchar(100) DEFAULT 'default English',
  `api_list_restrict` enum('1','0') DEFAULT '0',
  `api_allowed_functions` varchar(1000) DEFAULT ' ALL_FUNCTIONS ',
  `ignore_ip_list` enum('1','0') DEFAULT '0',
  `failed_login_attempts_today` mediumint(8) unsigned DEFAULT 0,
  `failed_login_count_today` smallint(6) unsigned DEFAULT 0,
  `failed_last_ip_today` varchar(50) DEFAULT '',
  `failed_last_type_today` varchar(20) DEFAULT '',
  PRIMARY KEY (`user_id`),
  UNIQUE KEY `user` (`user`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_webservers` (
  `webserver_id` smallint(5) unsigned NOT NULL AUTO_INCREMENT,
  `webserver` varchar(125) DEFAULT '',
  `hostname` varchar(125) DEFAULT '',
  PRIMARY KEY (`webserver_id`),
  UNIQUE KEY `vdweb` (`webserver`, `hostname`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_xfer_log` (
  `xfercallid` int(9) unsigned NOT NULL AUTO_INCREMENT,
  `lead_id` int(9) unsigned NOT NULL,
  `list_id` bigint(14) unsigned DEFAULT NULL,
  `campaign_id` varchar(20) DEFAULT NULL,
  `call_date` datetime DEFAULT NULL,
  `phone_code` varchar(10) DEFAULT NULL,
  `phone_number` varchar(18) DEFAULT NULL,
  `user` varchar(20) DEFAULT NULL,
  `closer` varchar(20) DEFAULT NULL,
  `front_uniqueid` varchar(50) DEFAULT '',
  `close_uniqueid` varchar(50) DEFAULT '',
  PRIMARY KEY (`xfercallid`),
  KEY `call_date` (`call_date`),
  KEY `date_closer` (`call_date`, `closer`),
  KEY `date_user` (`call_date`, `user`),
  KEY `lead_id` (`lead_id`),
  KEY `phone_number` (`phone_number`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vicidial_xfer_stats` (
  `campaign_id` varchar(20) NOT NULL,
  `preset_name` varchar(40) NOT NULL,
  `xfer_count` smallint(5) unsigned DEFAULT 0,
  KEY `campaign_id` (`campaign_id`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vtiger_account` (
  `accountid` int(11) DEFAULT NULL,
  `phone` varchar(30) DEFAULT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `vtiger_seactivityrel` (
  `crmid` int(11) DEFAULT NULL,
  `activityid` int(11) DEFAULT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `web_client_sessions` (
  `extension` varchar(100) NOT NULL,
  `server_ip` varchar(15) NOT NULL,
  `program` enum('agc','vicidial','monitor','other') DEFAULT 'agc',
  `start_time` datetime NOT NULL,
  `session_name` varchar(40) NOT NULL,
  UNIQUE KEY `session_name` (`session_name`)
) ENGINE=MEMORY DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- one command at a time per agent, across all copies of telectl: a lease, and the last command beside it
CREATE TABLE IF NOT EXISTS `telectl_locks` (
  `agent` varchar(20) NOT NULL,
  `holder` varchar(40) NOT NULL DEFAULT '',
  `held_until` double NOT NULL DEFAULT 0,
  `last_command` varchar(64) NOT NULL DEFAULT '',
  `last_done` double NOT NULL DEFAULT 0,
  `last_answer` varchar(1000) NOT NULL DEFAULT '',
  PRIMARY KEY (`agent`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- the third parties that telectl dialled, and what became of them (GET /calls/<call id>)
CREATE TABLE IF NOT EXISTS `telectl_calls` (
  `call_id` varchar(20) NOT NULL,
  `agent` varchar(20) NOT NULL,
  `lead_id` int(9) unsigned NOT NULL,
  `campaign_id` varchar(20) NOT NULL DEFAULT '',
  `server_ip` varchar(15) NOT NULL,
  `number` varchar(100) NOT NULL DEFAULT '',
  `channel_id` varchar(40) NOT NULL DEFAULT '',
  `state` varchar(20) NOT NULL DEFAULT 'dialing',
  `end_wanted` tinyint(1) NOT NULL DEFAULT 0,
  `dialstatus` varchar(20) NOT NULL DEFAULT '',
  `cause` smallint(4) unsigned NOT NULL DEFAULT 0,
  `cause_text` varchar(100) NOT NULL DEFAULT '',
  `channel` varchar(100) NOT NULL DEFAULT '',
  `uniqueid` varchar(40) NOT NULL DEFAULT '',
  `started` datetime NOT NULL,
  `rang` datetime DEFAULT NULL,
  `answered` datetime DEFAULT NULL,
  `ended` datetime DEFAULT NULL,
  PRIMARY KEY (`call_id`),
  KEY `lead_id` (`lead_id`),
  KEY `started` (`started`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

-- how many calls each API user has asked for, and each agent, in this minute (TELECTL_DIALS_PER_USER, _PER_AGENT)
CREATE TABLE IF NOT EXISTS `telectl_dials` (
  `whose` varchar(30) NOT NULL,
  `of_minute` int(10) unsigned NOT NULL DEFAULT 0,
  `dials` int(10) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (`whose`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE IF NOT EXISTS `telectl_requests` (
  `request` char(64) NOT NULL,
  `user` varchar(20) NOT NULL DEFAULT '',
  `function` varchar(40) NOT NULL DEFAULT '',
  `agent` varchar(20) NOT NULL DEFAULT '',
  `fingerprint` char(64) NOT NULL DEFAULT '',
  `holder` char(32) NOT NULL DEFAULT '',
  `state` varchar(10) NOT NULL DEFAULT 'running',
  `started` double NOT NULL DEFAULT 0,
  `answer` mediumtext,
  `if_done` mediumtext,
  PRIMARY KEY (`request`),
  KEY `started` (`started`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;
