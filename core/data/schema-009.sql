-- Migration 9. Whose further address is this? An opt-out asks.

CREATE INDEX candidate_address_hmac ON candidate_address (address_hmac);
