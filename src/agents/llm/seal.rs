//! What a provider wants back with a model's thoughts, as it travels through the client: with the provider's name in front.
//! Another provider would refuse the whole conversation for it, and a thread may change its agent.

/// As the client gets it.
pub(super) fn sealed(provider: &str, value: &str) -> String {
    format!("{provider}.{value}")
}

/// What is this provider's own.
pub(super) fn opened<'a>(provider: &str, value: &'a str) -> Option<&'a str> {
    value.strip_prefix(provider)?.strip_prefix('.')
}
