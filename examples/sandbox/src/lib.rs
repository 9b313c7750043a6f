//! Every provider, faked faithfully over HTTP.
