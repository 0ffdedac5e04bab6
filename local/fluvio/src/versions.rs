//! The answer to "which requests do you know, in which versions", the first thing a client asks.

use fluvio_protocol::Decoder;
use fluvio_protocol::api::Request;
use fluvio_protocol::link::versions::{ApiVersionKey, ApiVersionsResponse, PlatformVersion};

/// The platform release whose behaviour is reproduced.
const PLATFORM_VERSION: &str = "0.18.1";

/// The versions in which the requests of type `R` are served, all that are known of it.
pub(crate) fn all<R: Request>() -> ApiVersionKey {
    between::<R>(R::MIN_API_VERSION, R::MAX_API_VERSION)
}

/// Served from `min` to `max`.
pub(crate) fn between<R: Request>(min: i16, max: i16) -> ApiVersionKey {
    ApiVersionKey { api_key: R::API_KEY as i16, min_version: min, max_version: max }
}

/// The whole answer.
pub(crate) fn response(api_keys: Vec<ApiVersionKey>) -> ApiVersionsResponse {
    ApiVersionsResponse { api_keys, platform_version: platform_version(), ..Default::default() }
}

/// Built from its wire form: a length, then the text.
fn platform_version() -> PlatformVersion {
    let mut wire = (PLATFORM_VERSION.len() as u16).to_be_bytes().to_vec();
    wire.extend_from_slice(PLATFORM_VERSION.as_bytes());
    PlatformVersion::decode_from(&mut wire.as_slice(), 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_version_survives_its_wire_form() {
        assert_eq!(platform_version().to_semver().to_string(), PLATFORM_VERSION);
    }
}
