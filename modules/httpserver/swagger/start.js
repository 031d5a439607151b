// SPDX-License-Identifier: BSD-3-Clause
SwaggerUIBundle({url: "/openapi.json", dom_id: "#ui", deepLinking: true, tryItOutEnabled: true});
