//! Requests from `update` to the workers ([`effect`]) and the events they report ([`event`]): plain values.

pub(in crate::app) mod camera;
pub(in crate::app) mod effect;
pub(in crate::app) mod event;
pub(in crate::app) mod models;
pub(in crate::app) mod opened_picture;
pub(in crate::app) mod save;
pub(in crate::app) mod sources;
pub(in crate::app) mod words;
