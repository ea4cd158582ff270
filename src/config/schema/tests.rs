//! What the schema says and what the configuration takes are the same.
