-- The first schema. Frozen once released: later changes are later migrations.

CREATE SCHEMA lake;

GRANT USAGE ON SCHEMA lake TO minixdr_app;

CREATE TABLE event_ids (
	organization_id UUID NOT NULL, 
	event_id BYTEA NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	batch_id TEXT NOT NULL, 
	CONSTRAINT pk_event_ids PRIMARY KEY (organization_id, event_id)
);

COMMENT ON COLUMN event_ids.event_id IS '16 bytes';

CREATE INDEX ix_event_ids_received_at ON event_ids (organization_id, received_at);

CREATE TABLE finding_entities (
	organization_id UUID NOT NULL, 
	entity_id TEXT NOT NULL, 
	finding_id TEXT NOT NULL, 
	role TEXT NOT NULL, 
	time TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_finding_entities PRIMARY KEY (organization_id, entity_id, finding_id, role)
);

CREATE INDEX ix_finding_entities_finding_id ON finding_entities (organization_id, finding_id);

CREATE INDEX ix_finding_entities_time ON finding_entities (organization_id, entity_id, time DESC);

CREATE TABLE heartbeats (
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	version TEXT NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	details JSONB DEFAULT '{}'::jsonb NOT NULL, 
	CONSTRAINT pk_heartbeats PRIMARY KEY (name)
);

COMMENT ON COLUMN heartbeats.name IS 'api or worker, host, process id';

CREATE TABLE identity_providers (
	id UUID DEFAULT uuidv7() NOT NULL, 
	name TEXT NOT NULL, 
	issuer TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	client_secret_encrypted BYTEA, 
	settings JSONB DEFAULT '{}'::jsonb NOT NULL, 
	enabled BOOLEAN DEFAULT true NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_identity_providers PRIMARY KEY (id), 
	CONSTRAINT uq_identity_providers_name UNIQUE (name)
);

CREATE TABLE lake.iceberg_namespace_properties (
	catalog_name VARCHAR(255) NOT NULL, 
	namespace VARCHAR(255) NOT NULL, 
	property_key VARCHAR(255) NOT NULL, 
	property_value VARCHAR(1000) NOT NULL, 
	CONSTRAINT pk_iceberg_namespace_properties PRIMARY KEY (catalog_name, namespace, property_key)
);

CREATE TABLE lake.iceberg_tables (
	catalog_name VARCHAR(255) NOT NULL, 
	table_namespace VARCHAR(255) NOT NULL, 
	table_name VARCHAR(255) NOT NULL, 
	metadata_location VARCHAR(1000), 
	previous_metadata_location VARCHAR(1000), 
	iceberg_type VARCHAR(5), 
	CONSTRAINT pk_iceberg_tables PRIMARY KEY (catalog_name, table_namespace, table_name)
);

CREATE TABLE lake_outbox (
	organization_id UUID NOT NULL, 
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	name TEXT NOT NULL, 
	rows BIGINT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	first_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	batch_ids TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	committed_snapshot BIGINT, 
	committed_at TIMESTAMP WITH TIME ZONE, 
	damaged TEXT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_lake_outbox PRIMARY KEY (organization_id, seq)
);

CREATE UNIQUE INDEX ix_lake_outbox_name ON lake_outbox (organization_id, name);

CREATE INDEX ix_lake_outbox_waiting ON lake_outbox (seq) WHERE committed_snapshot IS NULL;

CREATE TABLE leases (
	name TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	fence BIGINT NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_leases PRIMARY KEY (name)
);

COMMENT ON COLUMN leases.fence IS 'grows with every new owner';

CREATE TABLE organizations (
	id UUID DEFAULT uuidv7() NOT NULL, 
	slug TEXT NOT NULL, 
	name TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	onboarding_status TEXT DEFAULT 'not_started' NOT NULL, 
	onboarding_step TEXT, 
	onboarding_flow_version INTEGER DEFAULT 1 NOT NULL, 
	auto_discovery_enabled BOOLEAN DEFAULT false NOT NULL, 
	integration_settings JSONB DEFAULT '{}'::jsonb NOT NULL, 
	retention_days INTEGER DEFAULT 365 NOT NULL, 
	rules_version BIGINT DEFAULT 0 NOT NULL, 
	indicators_version BIGINT DEFAULT 0 NOT NULL, 
	settings JSONB DEFAULT '{}'::jsonb NOT NULL, 
	CONSTRAINT pk_organizations PRIMARY KEY (id), 
	CONSTRAINT ck_organizations_onboarding_status CHECK (onboarding_status IN ('not_started', 'in_progress', 'completed', 'skipped')), 
	CONSTRAINT uq_organizations_slug UNIQUE (slug)
);

CREATE TABLE schema_state (
	revision BIGINT NOT NULL, 
	usable_from BIGINT NOT NULL, 
	upgraded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_schema_state PRIMARY KEY (revision)
);

COMMENT ON COLUMN schema_state.usable_from IS 'oldest program, by its newest revision, that can serve';

CREATE TABLE setup_codes (
	code_hash BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_setup_codes PRIMARY KEY (code_hash)
);

COMMENT ON COLUMN setup_codes.code_hash IS 'of what whoever makes the first organization must give';

CREATE TABLE signals (
	organization_id UUID NOT NULL, 
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	kind TEXT NOT NULL, 
	time TIMESTAMP WITH TIME ZONE NOT NULL, 
	payload BYTEA NOT NULL, 
	finding_id TEXT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_signals PRIMARY KEY (organization_id, seq), 
	CONSTRAINT ck_signals_kind CHECK (kind IN ('finding', 'observation'))
);

COMMENT ON COLUMN signals.payload IS 'msgpack';

CREATE INDEX ix_signals_time ON signals (organization_id, time, seq);

CREATE TABLE users (
	id UUID DEFAULT uuidv7() NOT NULL, 
	email TEXT NOT NULL, 
	name TEXT NOT NULL, 
	password_hash TEXT, 
	totp_secret_encrypted BYTEA, 
	totp_confirmed_at TIMESTAMP WITH TIME ZONE, 
	totp_last_step BIGINT, 
	oidc_issuer TEXT, 
	oidc_subject TEXT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	disabled_at TIMESTAMP WITH TIME ZONE, 
	failed_sign_ins INTEGER DEFAULT 0 NOT NULL, 
	locked_until TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_oidc_issuer_oidc_subject UNIQUE (oidc_issuer, oidc_subject), 
	CONSTRAINT uq_users_email UNIQUE (email)
);

COMMENT ON COLUMN users.email IS 'lower case';

CREATE TABLE api_tokens (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	role TEXT, 
	scopes TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	token_hash BYTEA NOT NULL, 
	prefix TEXT NOT NULL, 
	source TEXT, 
	hec_ack BOOLEAN DEFAULT false NOT NULL, 
	created_by UUID, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	last_used_at TIMESTAMP WITH TIME ZONE, 
	last_used_address TEXT, 
	CONSTRAINT pk_api_tokens PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_api_tokens_kind CHECK (kind IN ('ingest', 'api')), 
	CONSTRAINT ck_api_tokens_role CHECK (role IN ('viewer', 'analyst', 'admin', 'owner')), 
	CONSTRAINT fk_api_tokens_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE, 
	CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
);

COMMENT ON COLUMN api_tokens.prefix IS 'the first letters, for people to know it by';

CREATE TABLE audit_checkpoints (
	organization_id UUID NOT NULL, 
	seq BIGINT NOT NULL, 
	hash BYTEA NOT NULL, 
	signature BYTEA NOT NULL, 
	key_id TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_audit_checkpoints PRIMARY KEY (organization_id, seq), 
	CONSTRAINT fk_audit_checkpoints_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE audit_log (
	organization_id UUID NOT NULL, 
	seq BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	target TEXT NOT NULL, 
	details JSONB DEFAULT '{}'::jsonb NOT NULL, 
	address TEXT, 
	previous_hash BYTEA NOT NULL, 
	hash BYTEA NOT NULL, 
	CONSTRAINT pk_audit_log PRIMARY KEY (organization_id, seq), 
	CONSTRAINT fk_audit_log_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN audit_log.seq IS '1, 2, 3 ... of the organization';

CREATE TABLE cloud_assets (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	provider TEXT NOT NULL, 
	account TEXT NOT NULL, 
	region TEXT NOT NULL, 
	type TEXT NOT NULL, 
	uid TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	attributes JSONB DEFAULT '{}'::jsonb NOT NULL, 
	tags JSONB DEFAULT '{}'::jsonb NOT NULL, 
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_cloud_assets PRIMARY KEY (organization_id, id), 
	CONSTRAINT uq_cloud_assets_organization_id_provider_account_region_63be UNIQUE (organization_id, provider, account, region, type, uid), 
	CONSTRAINT fk_cloud_assets_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE collected_objects (
	organization_id UUID NOT NULL, 
	input_id UUID NOT NULL, 
	bucket TEXT NOT NULL, 
	key TEXT NOT NULL, 
	etag TEXT NOT NULL, 
	size_bytes BIGINT DEFAULT 0 NOT NULL, 
	state TEXT DEFAULT 'seen' NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	received BIGINT DEFAULT 0 NOT NULL, 
	events BIGINT DEFAULT 0 NOT NULL, 
	skipped BIGINT DEFAULT 0 NOT NULL, 
	malformed BIGINT DEFAULT 0 NOT NULL, 
	duplicates BIGINT DEFAULT 0 NOT NULL, 
	first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	reason TEXT, 
	CONSTRAINT pk_collected_objects PRIMARY KEY (organization_id, input_id, bucket, key, etag), 
	CONSTRAINT ck_collected_objects_state CHECK (state IN ('seen', 'done', 'failed')), 
	CONSTRAINT fk_collected_objects_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_collected_objects_state ON collected_objects (organization_id, state, first_seen_at);

CREATE TABLE collector_inputs (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	bucket TEXT NOT NULL, 
	prefix TEXT DEFAULT '' NOT NULL, 
	queue_url TEXT, 
	region TEXT, 
	source TEXT, 
	role_arn TEXT, 
	external_id TEXT, 
	enabled BOOLEAN DEFAULT true NOT NULL, 
	settings JSONB DEFAULT '{}'::jsonb NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	last_reconciled_at TIMESTAMP WITH TIME ZONE, 
	last_error TEXT, 
	CONSTRAINT pk_collector_inputs PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_collector_inputs_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE correlation_states (
	organization_id UUID NOT NULL, 
	name TEXT NOT NULL, 
	fence BIGINT NOT NULL, 
	cursor BIGINT DEFAULT 0 NOT NULL, 
	state BYTEA NOT NULL, 
	saved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_correlation_states PRIMARY KEY (organization_id, name), 
	CONSTRAINT fk_correlation_states_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE dead_letters (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	batch_id TEXT NOT NULL, 
	door TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	failed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	payload BYTEA NOT NULL, 
	records INTEGER NOT NULL, 
	state TEXT DEFAULT 'open' NOT NULL, 
	replayed_at TIMESTAMP WITH TIME ZONE, 
	replayed_by TEXT, 
	CONSTRAINT pk_dead_letters PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_dead_letters_state CHECK (state IN ('open', 'replayed', 'discarded')), 
	CONSTRAINT fk_dead_letters_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN dead_letters.payload IS 'the whole batch: msgpack, zstd';

CREATE INDEX ix_dead_letters_batch_id ON dead_letters (organization_id, batch_id);

CREATE INDEX ix_dead_letters_state ON dead_letters (organization_id, state, failed_at);

CREATE TABLE entities (
	organization_id UUID NOT NULL, 
	entity_id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	value TEXT NOT NULL, 
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	findings BIGINT DEFAULT 0 NOT NULL, 
	risk REAL DEFAULT 0 NOT NULL, 
	risk_reasons JSONB DEFAULT '[]'::jsonb NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_entities PRIMARY KEY (organization_id, entity_id), 
	CONSTRAINT fk_entities_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN entities.entity_id IS '32 hex digits of type and value: a value may be longer than an index takes';

CREATE INDEX ix_entities_risk ON entities (organization_id, risk DESC, entity_id);

CREATE TABLE findings (
	organization_id UUID NOT NULL, 
	finding_id TEXT NOT NULL, 
	analytic JSONB DEFAULT '{}'::jsonb NOT NULL, 
	rule_id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	level TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	tactics TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	techniques TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	source TEXT NOT NULL, 
	time TIMESTAMP WITH TIME ZONE NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	event_ids TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	entities JSONB DEFAULT '[]'::jsonb NOT NULL, 
	matched JSONB DEFAULT '{}'::jsonb NOT NULL, 
	event JSONB, 
	batch_id TEXT NOT NULL, 
	file TEXT DEFAULT '' NOT NULL, 
	record BIGINT DEFAULT 0 NOT NULL, 
	state TEXT DEFAULT 'open' NOT NULL, 
	suppressed_by UUID, 
	verdict TEXT, 
	verdict_note TEXT, 
	verdict_by TEXT, 
	verdict_at TIMESTAMP WITH TIME ZONE, 
	incident_id TEXT, 
	CONSTRAINT pk_findings PRIMARY KEY (organization_id, finding_id), 
	CONSTRAINT ck_findings_level CHECK (level IN ('informational', 'low', 'medium', 'high', 'critical')), 
	CONSTRAINT ck_findings_state CHECK (state IN ('open', 'suppressed')), 
	CONSTRAINT ck_findings_verdict CHECK (verdict IN ('true_positive', 'false_positive', 'benign', 'undetermined')), 
	CONSTRAINT fk_findings_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN findings.finding_id IS '32 hex digits';

COMMENT ON COLUMN findings.suppressed_by IS 'the filter';

CREATE INDEX ix_findings_incident_id ON findings (organization_id, incident_id);

CREATE INDEX ix_findings_level ON findings (organization_id, level, time DESC);

CREATE INDEX ix_findings_rule_id ON findings (organization_id, rule_id, time DESC);

CREATE INDEX ix_findings_time ON findings (organization_id, time DESC, finding_id DESC);

CREATE TABLE incident_decisions (
	organization_id UUID NOT NULL, 
	decision_id UUID DEFAULT uuidv7() NOT NULL, 
	kind TEXT NOT NULL, 
	payload JSONB DEFAULT '{}'::jsonb NOT NULL, 
	reason TEXT NOT NULL, 
	made_by TEXT NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	applied_at TIMESTAMP WITH TIME ZONE, 
	undone_at TIMESTAMP WITH TIME ZONE, 
	undone_by TEXT, 
	refusal TEXT, 
	CONSTRAINT pk_incident_decisions PRIMARY KEY (organization_id, decision_id), 
	CONSTRAINT ck_incident_decisions_kind CHECK (kind IN ('merge', 'split')), 
	CONSTRAINT fk_incident_decisions_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE incidents (
	organization_id UUID NOT NULL, 
	incident_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	title TEXT NOT NULL, 
	title_override TEXT, 
	severity TEXT NOT NULL, 
	severity_override TEXT, 
	risk REAL DEFAULT 0 NOT NULL, 
	risk_reasons TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	tactics TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	techniques TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	entities JSONB DEFAULT '[]'::jsonb NOT NULL, 
	finding_ids TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	joins JSONB DEFAULT '[]'::jsonb NOT NULL, 
	first_at TIMESTAMP WITH TIME ZONE, 
	last_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	version INTEGER DEFAULT 1 NOT NULL, 
	state TEXT DEFAULT 'new' NOT NULL, 
	assignee_id UUID, 
	verdict TEXT, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	redirect_to TEXT, 
	opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	responded_at TIMESTAMP WITH TIME ZONE, 
	counted_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	counted_response TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_incidents PRIMARY KEY (organization_id, incident_id), 
	CONSTRAINT ck_incidents_severity CHECK (severity IN ('informational', 'low', 'medium', 'high', 'critical')), 
	CONSTRAINT ck_incidents_severity_override CHECK (severity_override IN ('informational', 'low', 'medium', 'high', 'critical')), 
	CONSTRAINT ck_incidents_state CHECK (state IN ('new', 'triage', 'contained', 'resolved', 'closed')), 
	CONSTRAINT ck_incidents_verdict CHECK (verdict IN ('true_positive', 'false_positive', 'benign', 'undetermined')), 
	CONSTRAINT uq_incidents_organization_id_number UNIQUE (organization_id, number), 
	CONSTRAINT fk_incidents_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN incidents.number IS '1, 2, 3 ... of the organization';

COMMENT ON COLUMN incidents.version IS 'its ETag';

CREATE INDEX ix_incidents_last_at ON incidents (organization_id, last_at DESC NULLS LAST, incident_id);

CREATE INDEX ix_incidents_redirect_to ON incidents (organization_id, redirect_to) WHERE redirect_to IS NOT NULL;

CREATE INDEX ix_incidents_risk ON incidents (organization_id, risk DESC, incident_id);

CREATE INDEX ix_incidents_state ON incidents (organization_id, state, risk DESC);

CREATE TABLE indicators (
	organization_id UUID NOT NULL, 
	indicator_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	type TEXT NOT NULL, 
	value TEXT NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	level TEXT NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	enabled BOOLEAN DEFAULT true NOT NULL, 
	hits BIGINT DEFAULT 0 NOT NULL, 
	last_hit_at TIMESTAMP WITH TIME ZONE, 
	created_by TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	version INTEGER DEFAULT 1 NOT NULL, 
	CONSTRAINT pk_indicators PRIMARY KEY (organization_id, indicator_id), 
	CONSTRAINT ck_indicators_kind CHECK (kind IN ('address', 'network', 'domain', 'url', 'file_hash', 'email')), 
	CONSTRAINT ck_indicators_level CHECK (level IN ('informational', 'low', 'medium', 'high', 'critical')), 
	CONSTRAINT fk_indicators_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN indicators.indicator_id IS '32 hex digits of kind and value';

CREATE INDEX ix_indicators_created_at ON indicators (organization_id, created_at DESC, indicator_id DESC);

CREATE TABLE invitations (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	email TEXT NOT NULL, 
	role TEXT NOT NULL, 
	token_hash BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	accepted_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	invited_by UUID, 
	CONSTRAINT pk_invitations PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_invitations_role CHECK (role IN ('viewer', 'analyst', 'admin', 'owner')), 
	CONSTRAINT fk_invitations_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE, 
	CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash)
);

CREATE TABLE jobs (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT DEFAULT 'queued' NOT NULL, 
	progress REAL DEFAULT 0 NOT NULL, 
	request JSONB DEFAULT '{}'::jsonb NOT NULL, 
	result JSONB, 
	error TEXT, 
	created_by TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	owner TEXT, 
	heartbeat_at TIMESTAMP WITH TIME ZONE, 
	attempts BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')), 
	CONSTRAINT fk_jobs_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_jobs_queued ON jobs (kind, id) WHERE state IN ('queued', 'running');

CREATE TABLE memberships (
	organization_id UUID NOT NULL, 
	user_id UUID NOT NULL, 
	role TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	invited_by UUID, 
	CONSTRAINT pk_memberships PRIMARY KEY (organization_id, user_id), 
	CONSTRAINT ck_memberships_role CHECK (role IN ('viewer', 'analyst', 'admin', 'owner')), 
	CONSTRAINT fk_memberships_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE, 
	CONSTRAINT fk_memberships_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_memberships_user_id ON memberships (user_id);

CREATE TABLE notification_channels (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	destination_encrypted BYTEA NOT NULL, 
	shown TEXT NOT NULL, 
	recipients TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	least_severity TEXT NOT NULL, 
	events TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	enabled BOOLEAN DEFAULT true NOT NULL, 
	created_by UUID, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	version BIGINT DEFAULT 1 NOT NULL, 
	CONSTRAINT pk_notification_channels PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_notification_channels_kind CHECK (kind IN ('webhook', 'slack', 'email')), 
	CONSTRAINT ck_notification_channels_least_severity CHECK (least_severity IN ('informational', 'low', 'medium', 'high', 'critical')), 
	CONSTRAINT fk_notification_channels_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN notification_channels.destination_encrypted IS 'address and secret, sealed';

COMMENT ON COLUMN notification_channels.shown IS 'what people may see of the destination';

CREATE TABLE outbox (
	organization_id UUID NOT NULL, 
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	transaction_id BIGINT DEFAULT (pg_current_xact_id()::text)::bigint NOT NULL, 
	topic TEXT NOT NULL, 
	payload JSONB DEFAULT '{}'::jsonb NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (organization_id, seq), 
	CONSTRAINT fk_outbox_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN outbox.transaction_id IS 'a reader takes rows below the oldest open transaction only, or a late commit would be missed';

CREATE INDEX ix_outbox_order ON outbox (organization_id, transaction_id, seq);

CREATE TABLE receipts (
	organization_id UUID NOT NULL, 
	batch_id TEXT NOT NULL, 
	door TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	processed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	received BIGINT DEFAULT 0 NOT NULL, 
	events BIGINT DEFAULT 0 NOT NULL, 
	skipped BIGINT DEFAULT 0 NOT NULL, 
	malformed BIGINT DEFAULT 0 NOT NULL, 
	duplicates BIGINT DEFAULT 0 NOT NULL, 
	sources JSONB DEFAULT '{}'::jsonb NOT NULL, 
	issues JSONB DEFAULT '[]'::jsonb NOT NULL, 
	token_id UUID, 
	first_at TIMESTAMP WITH TIME ZONE, 
	last_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_receipts PRIMARY KEY (organization_id, batch_id), 
	CONSTRAINT ck_receipts_account CHECK (received = events + skipped + malformed + duplicates), 
	CONSTRAINT fk_receipts_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_receipts_received_at ON receipts (organization_id, received_at);

CREATE TABLE recovery_codes (
	user_id UUID NOT NULL, 
	code_hash BYTEA NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_recovery_codes PRIMARY KEY (user_id, code_hash), 
	CONSTRAINT fk_recovery_codes_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE rule_filters (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	name TEXT NOT NULL, 
	rule_ids TEXT[] DEFAULT '{}'::text[] NOT NULL, 
	yaml TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	owner_id UUID, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	hits BIGINT DEFAULT 0 NOT NULL, 
	last_hit_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER DEFAULT 1 NOT NULL, 
	CONSTRAINT pk_rule_filters PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_rule_filters_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE rule_settings (
	organization_id UUID NOT NULL, 
	rule_id TEXT NOT NULL, 
	enabled BOOLEAN DEFAULT true NOT NULL, 
	level_override TEXT, 
	changed_by TEXT, 
	changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_rule_settings PRIMARY KEY (organization_id, rule_id), 
	CONSTRAINT ck_rule_settings_level_override CHECK (level_override IN ('informational', 'low', 'medium', 'high', 'critical')), 
	CONSTRAINT fk_rule_settings_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE rules (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	rule_id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	level TEXT NOT NULL, 
	yaml TEXT NOT NULL, 
	enabled BOOLEAN DEFAULT true NOT NULL, 
	version INTEGER DEFAULT 1 NOT NULL, 
	created_by TEXT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by TEXT, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	samples JSONB DEFAULT '[]'::jsonb NOT NULL, 
	CONSTRAINT pk_rules PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_rules_level CHECK (level IN ('informational', 'low', 'medium', 'high', 'critical')), 
	CONSTRAINT fk_rules_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_rules_rule_id ON rules (organization_id, rule_id);

CREATE TABLE saved_hunts (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	name TEXT NOT NULL, 
	query TEXT NOT NULL, 
	time_range JSONB DEFAULT '{}'::jsonb NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	shared BOOLEAN DEFAULT false NOT NULL, 
	created_by UUID, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	version BIGINT DEFAULT 1 NOT NULL, 
	CONSTRAINT pk_saved_hunts PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_saved_hunts_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE saved_views (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	name TEXT NOT NULL, 
	page TEXT NOT NULL, 
	query TEXT NOT NULL, 
	shared BOOLEAN DEFAULT false NOT NULL, 
	created_by UUID, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	version BIGINT DEFAULT 1 NOT NULL, 
	CONSTRAINT pk_saved_views PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_saved_views_page CHECK (page IN ('incidents', 'findings', 'rules', 'entities', 'assets')), 
	CONSTRAINT fk_saved_views_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE TABLE sessions (
	id UUID DEFAULT uuidv7() NOT NULL, 
	token_hash BYTEA NOT NULL, 
	user_id UUID NOT NULL, 
	organization_id UUID, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	last_used_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	address TEXT, 
	user_agent TEXT, 
	second_factor BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (id), 
	CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash), 
	CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT fk_sessions_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE SET NULL
);

COMMENT ON COLUMN sessions.organization_id IS 'the one looked at now';

CREATE INDEX ix_sessions_user_id ON sessions (user_id);

CREATE TABLE sources (
	organization_id UUID NOT NULL, 
	name TEXT NOT NULL, 
	door TEXT NOT NULL, 
	token_id UUID, 
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_event_at TIMESTAMP WITH TIME ZONE, 
	received BIGINT DEFAULT 0 NOT NULL, 
	events BIGINT DEFAULT 0 NOT NULL, 
	skipped BIGINT DEFAULT 0 NOT NULL, 
	malformed BIGINT DEFAULT 0 NOT NULL, 
	duplicates BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_sources PRIMARY KEY (organization_id, name, door), 
	CONSTRAINT fk_sources_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN sources.name IS 'log source; empty: not recognised';

CREATE TABLE comments (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	incident_id TEXT NOT NULL, 
	author TEXT NOT NULL, 
	text TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	edited_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_comments PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_comments_organization_id_incident_id FOREIGN KEY(organization_id, incident_id) REFERENCES incidents (organization_id, incident_id) ON DELETE CASCADE, 
	CONSTRAINT fk_comments_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_comments_incident_id ON comments (organization_id, incident_id, created_at);

CREATE TABLE evidence (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	incident_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	event_id TEXT, 
	url TEXT, 
	text TEXT, 
	note TEXT DEFAULT '' NOT NULL, 
	added_by TEXT NOT NULL, 
	added_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_evidence PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_evidence_kind CHECK (kind IN ('event', 'finding', 'url', 'text')), 
	CONSTRAINT fk_evidence_organization_id_incident_id FOREIGN KEY(organization_id, incident_id) REFERENCES incidents (organization_id, incident_id) ON DELETE CASCADE, 
	CONSTRAINT fk_evidence_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_evidence_incident_id ON evidence (organization_id, incident_id, added_at);

CREATE TABLE incident_events (
	organization_id UUID NOT NULL, 
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	incident_id TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	details JSONB DEFAULT '{}'::jsonb NOT NULL, 
	CONSTRAINT pk_incident_events PRIMARY KEY (organization_id, seq), 
	CONSTRAINT fk_incident_events_organization_id_incident_id FOREIGN KEY(organization_id, incident_id) REFERENCES incidents (organization_id, incident_id) ON DELETE CASCADE, 
	CONSTRAINT fk_incident_events_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_incident_events_incident_id ON incident_events (organization_id, incident_id, seq);

CREATE TABLE notification_deliveries (
	organization_id UUID NOT NULL, 
	id UUID DEFAULT uuidv7() NOT NULL, 
	channel_id UUID NOT NULL, 
	event TEXT NOT NULL, 
	incident_id TEXT, 
	payload JSONB DEFAULT '{}'::jsonb NOT NULL, 
	state TEXT DEFAULT 'queued' NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	next_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	give_up_at TIMESTAMP WITH TIME ZONE DEFAULT now() + interval '1 day' NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	status INTEGER, 
	answer TEXT, 
	error TEXT, 
	CONSTRAINT pk_notification_deliveries PRIMARY KEY (organization_id, id), 
	CONSTRAINT ck_notification_deliveries_state CHECK (state IN ('queued', 'delivered', 'failed')), 
	CONSTRAINT fk_notification_deliveries_organization_id_channel_id FOREIGN KEY(organization_id, channel_id) REFERENCES notification_channels (organization_id, id) ON DELETE CASCADE, 
	CONSTRAINT fk_notification_deliveries_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN notification_deliveries.give_up_at IS 'an attempt that fails later is the last';

COMMENT ON COLUMN notification_deliveries.status IS 'of the last answer, HTTP or SMTP';

CREATE INDEX ix_notification_deliveries_channel ON notification_deliveries (organization_id, channel_id, id);

CREATE INDEX ix_notification_deliveries_queued ON notification_deliveries (next_at) WHERE state = 'queued';

CREATE TABLE mentions (
	organization_id UUID NOT NULL, 
	comment_id UUID NOT NULL, 
	user_id UUID NOT NULL, 
	incident_id TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	read_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_mentions PRIMARY KEY (organization_id, comment_id, user_id), 
	CONSTRAINT fk_mentions_organization_id_comment_id FOREIGN KEY(organization_id, comment_id) REFERENCES comments (organization_id, id) ON DELETE CASCADE, 
	CONSTRAINT fk_mentions_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (id) ON DELETE CASCADE
);

CREATE INDEX ix_mentions_user_id ON mentions (organization_id, user_id, created_at DESC);

ALTER TABLE event_ids ENABLE ROW LEVEL SECURITY;

ALTER TABLE event_ids FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON event_ids FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON event_ids TO minixdr_app;

ALTER TABLE finding_entities ENABLE ROW LEVEL SECURITY;

ALTER TABLE finding_entities FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON finding_entities FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON finding_entities TO minixdr_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON heartbeats TO minixdr_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON identity_providers TO minixdr_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON lake.iceberg_namespace_properties TO minixdr_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON lake.iceberg_tables TO minixdr_app;

ALTER TABLE lake_outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE lake_outbox FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON lake_outbox FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY system ON lake_outbox FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON lake_outbox TO minixdr_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON leases TO minixdr_app;

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE organizations FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON organizations FOR ALL TO PUBLIC USING (id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY member ON organizations FOR SELECT TO PUBLIC USING (EXISTS (SELECT FROM memberships m WHERE m.organization_id = organizations.id AND m.user_id = nullif(current_setting('minixdr.user_id', true), '')::uuid));

CREATE POLICY system ON organizations FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON organizations TO minixdr_app;

GRANT SELECT ON schema_state TO minixdr_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON setup_codes TO minixdr_app;

ALTER TABLE signals ENABLE ROW LEVEL SECURITY;

ALTER TABLE signals FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON signals FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON signals TO minixdr_app;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

ALTER TABLE users FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON users FOR ALL TO PUBLIC USING (id = nullif(current_setting('minixdr.user_id', true), '')::uuid) WITH CHECK (id = nullif(current_setting('minixdr.user_id', true), '')::uuid);

CREATE POLICY member ON users FOR SELECT TO PUBLIC USING (EXISTS (SELECT FROM memberships m WHERE m.user_id = users.id AND m.organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid));

CREATE POLICY sign_in_read ON users FOR SELECT TO PUBLIC USING (email = nullif(current_setting('minixdr.email', true), ''));

CREATE POLICY sign_in_write ON users FOR UPDATE TO PUBLIC USING (email = nullif(current_setting('minixdr.email', true), '')) WITH CHECK (email = nullif(current_setting('minixdr.email', true), ''));

CREATE POLICY system ON users FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON users TO minixdr_app;

ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE api_tokens FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON api_tokens FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY presented ON api_tokens FOR SELECT TO PUBLIC USING (token_hash = decode(nullif(current_setting('minixdr.token_hash', true), ''), 'hex'));

GRANT SELECT, INSERT, UPDATE, DELETE ON api_tokens TO minixdr_app;

ALTER TABLE audit_checkpoints ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit_checkpoints FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON audit_checkpoints FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT ON audit_checkpoints TO minixdr_app;

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON audit_log FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT ON audit_log TO minixdr_app;

ALTER TABLE cloud_assets ENABLE ROW LEVEL SECURITY;

ALTER TABLE cloud_assets FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON cloud_assets FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON cloud_assets TO minixdr_app;

ALTER TABLE collected_objects ENABLE ROW LEVEL SECURITY;

ALTER TABLE collected_objects FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON collected_objects FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON collected_objects TO minixdr_app;

ALTER TABLE collector_inputs ENABLE ROW LEVEL SECURITY;

ALTER TABLE collector_inputs FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON collector_inputs FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON collector_inputs TO minixdr_app;

ALTER TABLE correlation_states ENABLE ROW LEVEL SECURITY;

ALTER TABLE correlation_states FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON correlation_states FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON correlation_states TO minixdr_app;

ALTER TABLE dead_letters ENABLE ROW LEVEL SECURITY;

ALTER TABLE dead_letters FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON dead_letters FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO minixdr_app;

ALTER TABLE entities ENABLE ROW LEVEL SECURITY;

ALTER TABLE entities FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON entities FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON entities TO minixdr_app;

ALTER TABLE findings ENABLE ROW LEVEL SECURITY;

ALTER TABLE findings FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON findings FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON findings TO minixdr_app;

ALTER TABLE incident_decisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE incident_decisions FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON incident_decisions FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON incident_decisions TO minixdr_app;

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;

ALTER TABLE incidents FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON incidents FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON incidents TO minixdr_app;

ALTER TABLE indicators ENABLE ROW LEVEL SECURITY;

ALTER TABLE indicators FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON indicators FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON indicators TO minixdr_app;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;

ALTER TABLE invitations FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON invitations FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY presented_read ON invitations FOR SELECT TO PUBLIC USING (token_hash = decode(nullif(current_setting('minixdr.token_hash', true), ''), 'hex'));

CREATE POLICY presented_write ON invitations FOR UPDATE TO PUBLIC USING (token_hash = decode(nullif(current_setting('minixdr.token_hash', true), ''), 'hex')) WITH CHECK (token_hash = decode(nullif(current_setting('minixdr.token_hash', true), ''), 'hex'));

GRANT SELECT, INSERT, UPDATE, DELETE ON invitations TO minixdr_app;

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE jobs FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON jobs FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY system ON jobs FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO minixdr_app;

ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;

ALTER TABLE memberships FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON memberships FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY own ON memberships FOR SELECT TO PUBLIC USING (user_id = nullif(current_setting('minixdr.user_id', true), '')::uuid);

CREATE POLICY system ON memberships FOR SELECT TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON memberships TO minixdr_app;

ALTER TABLE notification_channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE notification_channels FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON notification_channels FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON notification_channels TO minixdr_app;

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE outbox FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON outbox FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY system ON outbox FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO minixdr_app;

ALTER TABLE receipts ENABLE ROW LEVEL SECURITY;

ALTER TABLE receipts FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON receipts FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON receipts TO minixdr_app;

ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON recovery_codes FOR ALL TO PUBLIC USING (user_id = nullif(current_setting('minixdr.user_id', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('minixdr.user_id', true), '')::uuid);

CREATE POLICY system ON recovery_codes FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_codes TO minixdr_app;

ALTER TABLE rule_filters ENABLE ROW LEVEL SECURITY;

ALTER TABLE rule_filters FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON rule_filters FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON rule_filters TO minixdr_app;

ALTER TABLE rule_settings ENABLE ROW LEVEL SECURITY;

ALTER TABLE rule_settings FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON rule_settings FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON rule_settings TO minixdr_app;

ALTER TABLE rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE rules FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON rules FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON rules TO minixdr_app;

ALTER TABLE saved_hunts ENABLE ROW LEVEL SECURITY;

ALTER TABLE saved_hunts FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON saved_hunts FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON saved_hunts TO minixdr_app;

ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;

ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON saved_views FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO minixdr_app;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE sessions FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON sessions FOR ALL TO PUBLIC USING (user_id = nullif(current_setting('minixdr.user_id', true), '')::uuid) WITH CHECK (user_id = nullif(current_setting('minixdr.user_id', true), '')::uuid);

CREATE POLICY presented_read ON sessions FOR SELECT TO PUBLIC USING (token_hash = decode(nullif(current_setting('minixdr.token_hash', true), ''), 'hex'));

CREATE POLICY presented_write ON sessions FOR UPDATE TO PUBLIC USING (token_hash = decode(nullif(current_setting('minixdr.token_hash', true), ''), 'hex')) WITH CHECK (token_hash = decode(nullif(current_setting('minixdr.token_hash', true), ''), 'hex'));

CREATE POLICY system ON sessions FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO minixdr_app;

ALTER TABLE sources ENABLE ROW LEVEL SECURITY;

ALTER TABLE sources FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON sources FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON sources TO minixdr_app;

ALTER TABLE comments ENABLE ROW LEVEL SECURITY;

ALTER TABLE comments FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON comments FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON comments TO minixdr_app;

ALTER TABLE evidence ENABLE ROW LEVEL SECURITY;

ALTER TABLE evidence FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON evidence FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON evidence TO minixdr_app;

ALTER TABLE incident_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE incident_events FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON incident_events FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON incident_events TO minixdr_app;

ALTER TABLE notification_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE notification_deliveries FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON notification_deliveries FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

CREATE POLICY system ON notification_deliveries FOR ALL TO PUBLIC USING (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false)) WITH CHECK (coalesce(nullif(current_setting('minixdr.system', true), '') = 'on', false));

GRANT SELECT, INSERT, UPDATE, DELETE ON notification_deliveries TO minixdr_app;

ALTER TABLE mentions ENABLE ROW LEVEL SECURITY;

ALTER TABLE mentions FORCE ROW LEVEL SECURITY;

CREATE POLICY organization ON mentions FOR ALL TO PUBLIC USING (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid) WITH CHECK (organization_id = nullif(current_setting('minixdr.organization_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON mentions TO minixdr_app;
