mod doctor_view;
mod escape_control;
mod event_view;
mod printer;
mod settings_view;

pub(crate) use doctor_view::{CheckLine, DoctorView};
pub(crate) use escape_control::EscapeControl;
pub(crate) use event_view::EventView;
pub(crate) use printer::Printer;
pub(crate) use settings_view::{SettingsView, named_by};
