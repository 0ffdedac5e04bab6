//! What one server knows: its account, its buckets, their points.

use std::time::Duration;

use crate::account::Account;
use crate::answer::ApiError;
use crate::parameters::Parameters;
use crate::point::UnixNanos;
use crate::rejection::Retention;
use crate::store::Bucket;

/// More buckets than any test or run needs.
const BUCKETS_MAX: usize = 1_000;

/// The id of the one organization there is.
pub(crate) const ORG_ID: &str = "00000000000000a1";

#[derive(Debug, Default)]
pub(crate) struct Instance {
    pub(crate) account: Option<Account>,
    buckets: Vec<NamedBucket>,
    created: u64,
}

#[derive(Debug)]
pub(crate) struct NamedBucket {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) keeps: Option<Duration>,
    pub(crate) points: Bucket,
}

impl NamedBucket {
    /// What this bucket takes at `now`.
    pub(crate) fn retention(&self, now: UnixNanos) -> Option<Retention> {
        let duration = self.keeps?;
        let nanos = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        Some(Retention { duration, oldest: UnixNanos(now.0.saturating_sub(nanos)) })
    }
}

impl Instance {
    /// An instance that is set up already, or one that waits for it.
    pub(crate) fn new(account: Option<Account>) -> Self {
        let mut instance = Self::default();
        if let Some(account) = account {
            instance.set_up(account);
        }
        instance
    }

    pub(crate) fn set_up(&mut self, account: Account) {
        self.add_bucket(account.bucket.clone(), account.keeps);
        self.account = Some(account);
    }

    /// Checks that a request names the organization, by name or by id.
    pub(crate) fn check_org(&self, parameters: &Parameters) -> Result<(), ApiError> {
        let org = self.account.as_ref().map(|account| account.org.as_str());
        match (parameters.get("orgID"), parameters.get("org")) {
            (Some(ORG_ID), _) => Ok(()),
            (Some(_), _) => Err(ApiError::not_found("organization not found")),
            (None, Some(name)) if Some(name) == org || name == ORG_ID => Ok(()),
            (None, Some(name)) => Err(ApiError::not_found(format!("organization name {name:?} not found"))),
            (None, None) => Err(ApiError::invalid("Please provide either orgID or org")),
        }
    }

    /// The bucket of that id, else of that name.
    pub(crate) fn bucket(&self, id_or_name: &str) -> Option<&NamedBucket> {
        let by_id = self.buckets.iter().find(|bucket| bucket.id == id_or_name);
        by_id.or_else(|| self.buckets.iter().find(|bucket| bucket.name == id_or_name))
    }

    pub(crate) fn bucket_mut(&mut self, id: &str) -> Option<&mut NamedBucket> {
        self.buckets.iter_mut().find(|bucket| bucket.id == id)
    }

    pub(crate) fn buckets(&self) -> &[NamedBucket] {
        &self.buckets
    }

    pub(crate) fn create_bucket(&mut self, name: String, keeps: Option<Duration>) -> Result<&NamedBucket, ApiError> {
        if self.buckets.iter().any(|bucket| bucket.name == name) {
            return Err(ApiError::conflict(format!("bucket with name {name} already exists")));
        }
        if self.buckets.len() >= BUCKETS_MAX {
            return Err(ApiError::internal(format!("the local stand-in holds at most {BUCKETS_MAX} buckets")));
        }
        Ok(self.add_bucket(name, keeps))
    }

    fn add_bucket(&mut self, name: String, keeps: Option<Duration>) -> &NamedBucket {
        self.created += 1;
        let id = format!("{:016x}", 0xb000 + self.created);
        let at = self.buckets.len();
        self.buckets.push(NamedBucket { id, name, keeps, points: Bucket::default() });
        &self.buckets[at]
    }

    pub(crate) fn delete_bucket(&mut self, id: &str) -> Result<(), ApiError> {
        let before = self.buckets.len();
        self.buckets.retain(|bucket| bucket.id != id);
        if self.buckets.len() == before { Err(ApiError::not_found("bucket not found")) } else { Ok(()) }
    }

    /// Roughly how much memory all points take.
    pub(crate) fn stored_bytes(&self) -> usize {
        self.buckets.iter().map(|bucket| bucket.points.stored_bytes()).sum()
    }
}
