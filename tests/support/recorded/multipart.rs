//! The bodies of the recorded uploads: curl's forms, which the recorder could not keep.

use crate::support::golden::Golden;

/// The form that was sent, made again; its length is the recorded one.
pub fn body(golden: &Golden) -> Option<Vec<u8>> {
    let headers = &golden.part("request")["headers"];
    let boundary = headers["content-type"]
        .as_str()?
        .strip_prefix("multipart/form-data; boundary=")?;
    let part = match golden.name.as_str() {
        "transcribe_multipart_nofile" => "name=\"other\"\r\n\r\nx".to_owned(),
        name => {
            let kind = if name.ends_with("badtype") {
                "image/png"
            } else {
                "audio/webm"
            };
            format!("name=\"audio\"; filename=\"a.webm\"\r\nContent-Type: {kind}\r\n\r\nhello")
        }
    };
    let body =
        format!("--{boundary}\r\nContent-Disposition: form-data; {part}\r\n--{boundary}--\r\n");
    let recorded = headers["content-length"].as_str().expect("a length");
    assert_eq!(body.len().to_string(), recorded, "{}", golden.name);
    Some(body.into_bytes())
}
