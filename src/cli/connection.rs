//! Which runtime a client command talks to.

use agui_runtime::client::Client;

use super::failure::Failure;

/// Where the runtime is, and what it wants to see.
#[derive(Debug, clap::Args)]
pub struct Connection {
    /// The runtime's address
    #[arg(
        long,
        env = "AGUI_URL",
        default_value = "http://127.0.0.1:8000/api/copilotkit",
        global = true
    )]
    url: String,
    /// A header for each request, such as `authorization=Bearer …`; may be repeated
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header, global = true)]
    headers: Vec<(String, String)>,
}

impl Connection {
    pub fn client(&self) -> Result<Client, Failure> {
        Ok(Client::new(&self.url, &self.headers)?)
    }
}

/// `name=value`, or `name: value` as curl has it.
fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(['=', ':']) {
        Some((name, value)) if !name.is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::header;

    #[test]
    fn a_header_has_a_name_and_a_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            header("authorization=Bearer a=b:c").unwrap(),
            pair("authorization", "Bearer a=b:c")
        );
        assert_eq!(header("x-a: b=c").unwrap(), pair("x-a", "b=c"));
        assert_eq!(header("x-a=").unwrap(), pair("x-a", ""));
        assert!(header("x-a").is_err() && header("=b").is_err());
    }
}
