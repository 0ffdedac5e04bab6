//! Alert rules as code: one file of thresholds becomes InfluxDB's checks, endpoints and notification rules.
//! No network: what a server has comes in, what is to be done there goes out.

mod config;
mod flights;
mod objects;
mod plan;
mod render;
mod rule;
mod scenario;
mod span;

pub use config::{Address, Buckets, Config, ConfigError, Endpoint, Level, Receiver, RuleSettings, SecretSource};
pub use flights::{Day, Flight, Flights, FlightsError};
pub use objects::{Declared, Kind, Object, Secrets};
pub use plan::{Change, Found, Obstacle, Plan};
pub use render::zone_text;
pub use rule::{RULES, Rule, Subject, Threshold, Unit};
pub use scenario::{Answer, Expected, Line, Place, Scenario, Step, scenarios};
pub use span::Span;

/// The commented file to begin with.
pub const DEFAULT_CONFIG: &str = include_str!("../alerts.toml");
