//! The people of a story: three who are always there, and whoever joins them.
use deskbell::domain::account::Application;
use deskbell::domain::user;

use super::World;
use super::door::Door;
use super::person::Person;

impl World {
    /// The only admin of a new world.
    pub fn admin(&self) -> Person {
        self.people[0].clone()
    }

    /// A developer.
    pub fn dev(&self) -> Person {
        self.people[1].clone()
    }

    /// John Doe, a client.
    pub fn client(&self) -> Person {
        self.people[2].clone()
    }

    /// Nobody in particular: requests without a token.
    pub fn stranger(&self) -> &Door {
        &self.door
    }

    /// Opens an account from the shell, with a confirmed number.
    pub async fn person(&self, username: &str, role: user::Role, number: &str) -> Person {
        self.opens_account(username, role, Some(number)).await
    }

    /// Opens an account from the shell.
    pub async fn opens_account(
        &self,
        username: &str,
        role: user::Role,
        number: Option<&str>,
    ) -> Person {
        let password = format!("the password of {username}");
        let application = Application {
            username: Some(username.to_owned()),
            email: Some(format!("{username}@example.com")),
            password: Some(password.clone()),
            full_name: Some(format!("Person {username}")),
            whatsapp_number: number.map(str::to_owned),
            locale: None,
        };
        let made = self.desk().create_user(application, role).await;
        let user = made.unwrap_or_else(|error| panic!("no account {username}: {error:?}"));
        self.known(user, password, number.map(str::to_owned))
    }

    pub(super) fn known(
        &self,
        user: user::User,
        password: String,
        number: Option<String>,
    ) -> Person {
        Person::new(self.door.clone(), self.clock.clone(), user, password, number)
    }
}
