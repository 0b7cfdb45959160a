// Shows the document, and keeps the token of a log-in that was tried here for the calls after it.
const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  // The document is checked by our own tests; nothing leaves for somebody else's validator.
  validatorUrl: null,
  responseInterceptor: (answer) => {
    if (answer.ok && /\/api(\/v1)?\/auth\/(login|refresh)\/?$/.test(answer.url)) {
      ui.preauthorizeApiKey("bearer", JSON.parse(answer.text).access_token);
    }
    return answer;
  },
});
