"""The identity of a CI job as the Hub's token: python3 ci_token_hub_test.py, with MODELEXPORT naming the program."""
import unittest

from hub_test import Case


class JobOfGitHubActions(Case):
    def setUp(self):
        super().setUp()
        self.repo.private = True
        self.job = {"HF_OIDC_RESOURCE": "org/model", "GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.hub.job_token,
                    "ACTIONS_ID_TOKEN_REQUEST_URL": self.hub.endpoint + "/ci/identity?api-version=2"}

    def asked(self, path):
        return [r for r in self.hub.requests if r["path"].startswith(path)]

    def test_a_private_model(self):
        """One exchange for the whole run; the job's secrets go to those that they are for, and to nobody else."""
        self.fetch("org/model", "*", env=self.job)
        (identity,), (exchange,) = self.asked("/ci/identity"), self.asked("/oauth/token")
        self.assertEqual(f"Bearer {self.hub.job_token}", identity["token"])
        self.assertEqual((None, self.hub.identity, "org/model"), (exchange["token"], exchange["body"]["subject_token"], exchange["body"]["resource"]))
        rest = [r for r in self.hub.requests if r not in (identity, exchange)]
        self.assertEqual({("127.0.0.1", f"Bearer {self.hub.token}"), ("127.0.0.2", None)}, {(r["host"], r["token"]) for r in rest})

    def test_it_comes_before_other_tokens(self):
        self.fetch("org/model", "config.json", env={**self.job, "HF_TOKEN": "hf_other"})
        self.assertNotIn("Bearer hf_other", [r["token"] for r in self.hub.requests])

    def test_an_identity_that_is_given(self):
        self.fetch("org/model", "config.json", env={"HF_OIDC_RESOURCE": "org/model", "HF_OIDC_ID_TOKEN": self.hub.identity + "\n"})
        self.assertEqual([], self.asked("/ci/identity"))

    def test_a_token_that_soon_ends_is_exchanged_again(self):
        self.hub.token_seconds = 301  # a second after the margin of five minutes
        self.repo.faults = {"config.json": "slow"}
        self.fetch("org/model", "config.json", "tokenizer.json", env=self.job)
        self.assertEqual(2, len(self.asked("/oauth/token")))

    def test_nothing_is_asked_that_is_not_needed(self):
        self.fetch("org/model", env=self.job)
        self.hub.forget()
        self.fetch("org/model", env={**self.job, "HF_HUB_OFFLINE": "1"})
        self.assertEqual([], self.hub.requests)
        self.failure("org/model", "model.safetensors", env={**self.job, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"})
        self.assertEqual([], self.asked("/oauth/token"))

    def test_failures(self):
        """A job that has asked for it does not go on as somebody else, and hears why. No secret is printed."""
        for change, words in (({"HF_OIDC_RESOURCE": "org/other"}, ("/oauth/token", "403", "trusted publisher of org/other")),
                              ({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "wrong"}, ("/ci/identity", "401")),
                              ({"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, ("permissions: id-token: write",)),
                              ({"GITHUB_ACTIONS": ""}, ("HF_OIDC_ID_TOKEN",)),
                              ({"HF_OIDC_ID_TOKEN": "secret-signature"}, ("/oauth/token", "403")),
                              ({"ACTIONS_ID_TOKEN_REQUEST_URL": self.hub.endpoint + "/org/model"}, ("404",)),
                              ({"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:1/x"}, ("127.0.0.1:1",))):
            with self.subTest(change):
                self.hub.forget()
                error = self.failure("org/model", env={**self.job, "HF_TOKEN": self.hub.token, **change})
                self.assertEqual("ME-HUB-012", error["code"])
                said = error["message"] + error["hint"] + str(error["where"])
                for word in words:
                    self.assertIn(word, said)
                for secret in (self.hub.identity, self.hub.job_token, self.hub.token, "secret-signature"):
                    self.assertNotIn(secret, said)
                self.assertNotIn(f"Bearer {self.hub.token}", [r["token"] for r in self.hub.requests])
                self.assertLessEqual(len(self.asked("/oauth/token")), 1)

    def test_a_local_decision_does_not_wait_for_it(self):
        source = self.resolve("org/model", env={**self.job, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "wrong"})[0]
        self.assertEqual("local", source["kind"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
